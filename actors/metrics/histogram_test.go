package metrics

import (
	"math"
	"testing"
	"time"
)

func TestQuantilesLieInTheBucketOfWhatWasObserved(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name      string
		observed  []time.Duration
		q         float64
		low, high float64 // milliseconds
	}{
		{"one", []time.Duration{3 * ms}, 0.5, 2, 4},
		{"the very bound", []time.Duration{250 * time.Microsecond}, 0.99, 0, 0.25},
		{"half of two", []time.Duration{ms / 2, 100 * ms}, 0.5, 0.25, 0.5},
		{"nearly all of two", []time.Duration{ms / 2, 100 * ms}, 0.99, 64, 125},
		{"longer than all bounds", []time.Duration{time.Hour}, 0.5, 1000, 1000},
		{"a clock that went backwards", []time.Duration{-ms}, 0.5, 0, 0.25},
	} {
		t.Run(test.name, func(t *testing.T) {
			var h Histogram
			for _, d := range test.observed {
				h.Observe(d)
			}
			d := h.Read()
			if got := d.Quantile(test.q); got < test.low || got > test.high {
				t.Errorf("quantile %v is %v ms", test.q, got)
			}
			if int(d.Count()) != len(test.observed) {
				t.Errorf("counted %d", d.Count())
			}
		})
	}
}

func TestADistributionForgetsWhatCameBefore(t *testing.T) {
	var h Histogram
	h.Observe(100 * time.Millisecond)
	before := h.Read()
	if since := h.Read().Since(before); since.Count() != 0 || !math.IsNaN(since.Quantile(0.5)) {
		t.Errorf("of nothing: %d, %v ms", since.Count(), since.Quantile(0.5))
	}
	h.Observe(time.Millisecond)
	if since := h.Read().Since(before); since.Count() != 1 || since.Quantile(0.99) > 1 || since.sum != time.Millisecond {
		t.Errorf("since: %+v", since)
	}
}

func TestCumulativeCountsGrowToTheTotal(t *testing.T) {
	var h Histogram
	for _, d := range []time.Duration{0, time.Millisecond, time.Second, time.Hour} {
		h.Observe(d)
	}
	all := h.Read().cumulative()
	if all[0.00025] != 1 || all[0.001] != 2 || all[1] != 3 || len(all) != buckets {
		t.Errorf("%v", all)
	}
}

func TestTheWorstLagIsTakenOnce(t *testing.T) {
	var l Lag
	if worst, any := l.TakeWorst(); any {
		t.Errorf("nothing was observed: %v", worst)
	}
	for _, d := range []time.Duration{time.Millisecond, time.Second, 0, -time.Second} {
		l.Observe(d)
	}
	if worst, any := l.TakeWorst(); worst != time.Second || !any {
		t.Errorf("worst %v, %v", worst, any)
	}
	l.Observe(0)
	if worst, any := l.TakeWorst(); worst != 0 || !any {
		t.Errorf("then %v, %v", worst, any)
	}
}

func BenchmarkObserve(b *testing.B) {
	var m Metrics
	b.ReportAllocs()
	for b.Loop() {
		m.Latency.Observe(600 * time.Microsecond)
		m.Queries[Complete].Add(1)
	}
}
