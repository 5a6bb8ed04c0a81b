package socket

import (
	"testing"
	"time"
)

func TestDismissedBy(t *testing.T) {
	const window = 2 * time.Second
	tests := []struct {
		elapsed time.Duration
		want    int
	}{{0, 0}, {window / 4, 250}, {window / 2, 500}, {window - 1, 999}, {window, 1000}, {time.Hour, 1000}}
	for _, test := range tests {
		if got := dismissedBy(test.elapsed, window, 1000); got != test.want {
			t.Errorf("after %v: %d", test.elapsed, got)
		}
	}
	if got := dismissedBy(0, 0, 7); got != 7 {
		t.Errorf("without a window: %d", got)
	}
}
