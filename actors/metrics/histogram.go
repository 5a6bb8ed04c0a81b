package metrics

import (
	"math"
	"sync/atomic"
	"time"
)

const buckets = 14

// bounds are the upper ends of a histogram's buckets. A roll takes a quarter of a
// millisecond at best, and its deadline at worst, with what it may be late: 50 ms.
func bounds() [buckets]time.Duration {
	const us, ms = time.Microsecond, time.Millisecond
	return [buckets]time.Duration{
		250 * us, 500 * us, ms, 2 * ms, 4 * ms, 8 * ms, 16 * ms, 32 * ms, 64 * ms, 125 * ms, 250 * ms, 300 * ms, 500 * ms, time.Second,
	}
}

// Histogram counts durations by size. The zero value is empty. Observe is a
// handful of instructions and two atomic additions.
type Histogram struct {
	counts [buckets + 1]atomic.Uint64 // the last: longer than all bounds
	sum    atomic.Uint64              // nanoseconds
}

// Observe counts one duration.
func (h *Histogram) Observe(d time.Duration) {
	d = max(d, 0)
	h.counts[bucketOf(d)].Add(1)
	h.sum.Add(uint64(d))
}

func bucketOf(d time.Duration) int {
	for i, bound := range bounds() {
		if d <= bound {
			return i
		}
	}
	return buckets
}

// Distribution is what a histogram had counted at one moment, or between two.
type Distribution struct {
	counts [buckets + 1]uint64
	sum    time.Duration
}

// Read returns what was counted so far. What is counted meanwhile may be in it.
func (h *Histogram) Read() Distribution {
	var d Distribution
	for i := range h.counts {
		d.counts[i] = h.counts[i].Load()
	}
	d.sum = time.Duration(h.sum.Load())
	return d
}

// Since returns what was counted after before.
func (d Distribution) Since(before Distribution) Distribution {
	for i := range d.counts {
		d.counts[i] -= before.counts[i]
	}
	d.sum -= before.sum
	return d
}

// Count returns how many durations were counted.
func (d Distribution) Count() uint64 {
	total := uint64(0)
	for _, n := range d.counts {
		total += n
	}
	return total
}

// Quantile returns the duration, in milliseconds, below which the part q (0 to 1)
// of all lies, as Prometheus estimates it: evenly spread in their bucket. What is
// longer than all bounds counts as the last bound. It is NaN if nothing was counted.
func (d Distribution) Quantile(q float64) float64 {
	total := d.Count()
	if total == 0 {
		return math.NaN()
	}
	rank, below, low := q*float64(total), 0.0, 0.0
	for i, bound := range bounds() {
		n, high := float64(d.counts[i]), bound.Seconds()*1000
		if n > 0 && below+n >= rank {
			return low + (high-low)*max(0, rank-below)/n
		}
		below += n
		low = high
	}
	return low
}

// cumulative returns the counts as Prometheus wants them: by upper bound in
// seconds, each with all that are below.
func (d Distribution) cumulative() map[float64]uint64 {
	all, below := make(map[float64]uint64, buckets), uint64(0)
	for i, bound := range bounds() {
		below += d.counts[i]
		all[bound.Seconds()] = below
	}
	return all
}

// Lag is a histogram that also remembers the worst since it was last asked.
type Lag struct {
	Histogram
	worst atomic.Int64 // one more than its nanoseconds; 0 if nothing was observed
}

// Observe counts one duration. Clocks of two machines differ: what seems to have
// come before it was sent took no time.
func (l *Lag) Observe(d time.Duration) {
	d = max(d, 0)
	l.Histogram.Observe(d)
	for {
		worst := l.worst.Load()
		if int64(d) < worst || l.worst.CompareAndSwap(worst, int64(d)+1) {
			return
		}
	}
}

// TakeWorst returns the longest duration since TakeWorst was last called, and
// false if there was none.
func (l *Lag) TakeWorst() (time.Duration, bool) {
	worst := l.worst.Swap(0)
	return time.Duration(max(worst-1, 0)), worst > 0
}
