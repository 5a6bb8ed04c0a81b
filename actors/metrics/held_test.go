package metrics

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestHeldKnowsTheLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h Held
		for _, d := range []time.Duration{2 * time.Millisecond, time.Second, 3 * time.Millisecond} {
			began := time.Now()
			<-time.After(d)
			h.Since(began)
		}
		if got := h.Longest(); got != time.Second {
			t.Errorf("the longest is %v", got)
		}
		if got := h.Read(); got.Count() != 3 {
			t.Errorf("%d were counted", got.Count())
		}
	})
}
