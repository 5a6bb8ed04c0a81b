package supervisor

import (
	"testing"
	"time"
)

func TestPauseGrowsAndIsForgiven(t *testing.T) {
	restart := Restart{First: time.Second, Most: 5 * time.Second, Well: time.Minute}
	for i, step := range []struct{ ran, want time.Duration }{
		{0, time.Second},
		{0, 2 * time.Second},
		{59 * time.Second, 4 * time.Second},
		{0, 5 * time.Second},
		{0, 5 * time.Second},
		{time.Minute, time.Second},
		{0, 2 * time.Second},
	} {
		if got := restart.After(step.ran); got != step.want {
			t.Errorf("step %d: pause %v, want %v", i, got, step.want)
		}
	}
}
