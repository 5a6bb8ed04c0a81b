package doctor

import "time"

// judgeClock judges how far another clock is ahead of this machine's; exactly is how
// exactly that is known. Presence does not depend on clocks, but what is shown does.
func judgeClock(ahead, exactly time.Duration) Finding {
	by := ahead.Abs().Round(100 * time.Millisecond)
	if by <= exactly {
		return ok("it agrees with this machine's")
	}
	than := "ahead of"
	if ahead < 0 {
		than = "behind"
	}
	return warning("have both set by NTP; times in the log, the dashboard and the traces are off until then", "it is %v %s this machine's", by, than)
}
