package time

import (
	"sync/atomic"
	"syscall"
)

// The fault suite adds this file to the standard library's package time, and has
// Now add what leap returns to the wall clock. Monotonic time goes on as it does.

// leapEvery is how often the file is looked at, in nanoseconds.
const leapEvery = 20_000_000

var (
	leapFile, _ = syscall.Getenv("ROLLCALL_TEST_CLOCK") // holds by how much the clock is wrong; without it, it is right
	leapLooked  atomic.Int64                            // when the file was last looked at, in monotonic nanoseconds
	leapSeconds atomic.Int64                            // what it held
)

// leap returns by how many seconds the wall clock is wrong at a monotonic time.
func leap(mono int64) int64 {
	if leapFile == "" {
		return 0
	}
	last := leapLooked.Load()
	if mono-last >= leapEvery && leapLooked.CompareAndSwap(last, mono) {
		if text, err := readFile(leapFile); err == nil {
			if seconds, err := atoi(text); err == nil {
				leapSeconds.Store(int64(seconds))
			}
		}
	}
	return leapSeconds.Load()
}
