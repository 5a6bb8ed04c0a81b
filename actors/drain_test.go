package actors

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
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

// A node that drains sends its sockets away one after the other, and is done when
// the last has left.
func TestDrainClosesEverySocketInItsTime(t *testing.T) {
	f := newFixture(t)
	n := f.start()
	clients := make([]*client, 30)
	for i := range clients {
		clients[i] = n.connects("Maths", "1")
	}
	started := time.Now()
	actorstest.Must(t, n.Sockets().Drain(t.Context(), time.Minute))
	if took := time.Since(started); took < time.Duration(len(clients)-3)*dismissEach {
		t.Errorf("all were closed within %v", took)
	}
	for _, c := range clients {
		c.ends()
	}
	if n.Sockets().Count() != 0 || n.call("Maths").Sockets() != 0 {
		t.Errorf("%d sockets, %d in the roll", n.Sockets().Count(), n.call("Maths").Sockets())
	}
}
