//go:build unix

package crowd

import (
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
)

func TestWhoGrowsMostIsFound(t *testing.T) {
	before := Memory{"node-1": 50, "node-2": 60}
	if got := (Memory{"node-1": 70, "node-2": 61}).Above(before); got != 20 {
		t.Errorf("grew by %v", got)
	}
	if got := (Memory{"node-1": 40, "node-2": 59}).Above(before); got != 0 {
		t.Errorf("shrank by %v", got)
	}
}

func TestAnswersAreCountedAboveABound(t *testing.T) {
	bucket := func(bound float64, count uint64) *dto.Bucket {
		return &dto.Bucket{UpperBound: &bound, CumulativeCount: &count}
	}
	all := uint64(10)
	h := &dto.Histogram{SampleCount: &all, Bucket: []*dto.Bucket{bucket(0.25, 5), bucket(0.3, 7), bucket(0.5, 9)}}
	for bound, want := range map[time.Duration]uint64{LateAnswer: 3, SlowAnswer: 1, 400 * time.Millisecond: 1, time.Second: 0} {
		if got := above(h, bound); got != want {
			t.Errorf("%d above %v, want %d", got, bound, want)
		}
	}
	if got := (Answers{10, 3, 1}).Since(Answers{4, 1, 1}); got != (Answers{6, 2, 0}) {
		t.Errorf("%+v", got)
	}
}

func TestTheLongestHoldIsFound(t *testing.T) {
	before := Holds{0.001: 7, 0.004: 1, 1: 1}
	if got := (Holds{0.001: 9, 0.004: 2, 1: 1}).Longest(before); got != 0.004 {
		t.Errorf("%v", got)
	}
	if got := before.Longest(before); got != 0 {
		t.Errorf("%v", got)
	}
}
