package actors

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
)

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
	const each = 10 * time.Millisecond
	if took := time.Since(started); took < time.Duration(len(clients)-3)*each {
		t.Errorf("all were closed within %v", took)
	}
	for _, c := range clients {
		c.ends()
	}
	if n.Sockets().Count() != 0 || n.call("Maths").Sockets() != 0 {
		t.Errorf("%d sockets, %d in the roll", n.Sockets().Count(), n.call("Maths").Sockets())
	}
}
