package quota

import "time"

// calm is how long nobody may have pushed on before a run of it is over.
const calm = time.Second

// bucket is when all that was taken is paid, at the rate of its kind: the generic cell
// rate algorithm (ITU-T I.371), which takes 8 bytes for what golang.org/x/time/rate
// takes 80, and can be owed more than a moment allows. Times are from the begin of the
// account.
type bucket time.Duration

// take takes n at a rate. What is owed beyond most is forgiven.
func (b *bucket) take(now time.Duration, n, rate int, most time.Duration) {
	if rate > 0 {
		*b = bucket(min(max(time.Duration(*b), now)+timeFor(n, rate), now+most))
	}
}

// owes returns how long it takes until no more is owed than a moment allows.
func (b bucket) owes(now, moment time.Duration) time.Duration {
	return max(0, time.Duration(b)-now-moment)
}

// run is for how long somebody has pushed on without a calm second.
type run struct {
	since, last time.Duration
	begun       bool
}

// goOn notes that it goes on until then, and returns how long that is all together.
func (r *run) goOn(now, until time.Duration) time.Duration {
	if !r.begun || now-r.last > calm {
		r.since, r.begun = now, true
	}
	r.last = until
	return until - r.since
}
