package metrics

import (
	"sync/atomic"
	"time"
)

// Held is how long messages kept actors of a kind from the next one. The zero value is
// empty.
type Held struct {
	Histogram

	longest atomic.Int64 // nanoseconds
}

// Since counts a message that an actor began to handle at began.
func (h *Held) Since(began time.Time) {
	d := time.Since(began)
	h.Observe(d)
	for {
		longest := h.longest.Load()
		if int64(d) <= longest || h.longest.CompareAndSwap(longest, int64(d)) {
			return
		}
	}
}

// Longest returns the longest since the start.
func (h *Held) Longest() time.Duration { return time.Duration(h.longest.Load()) }
