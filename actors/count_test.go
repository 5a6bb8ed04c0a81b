package actors

import (
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/socket"
)

// A socket is counted as what it is now, also while its websocket is at another node.
func TestASocketThatTakesAWebsocketIsNotPolledAnyMore(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	owner := nodes[0]
	for _, at := range nodes {
		r := owner.polled(owner.Attend(as("Maths", "1")))
		polled, websockets := owner.metrics.Sockets.Of(4, false), owner.metrics.Sockets.Of(4, true)
		if polled.Load() != 1 || websockets.Load() != 0 {
			t.Fatalf("%d polled, %d websockets", polled.Load(), websockets.Load())
		}
		c := r.upgrades(at)
		if polled.Load() != 0 || websockets.Load() != 1 {
			t.Errorf("after the upgrade at %s: %d polled, %d websockets", at.name, polled.Load(), websockets.Load())
		}
		c.leaves()
		actorstest.Eventually(t, "its end", func() bool { return polled.Load() == 0 && websockets.Load() == 0 })
	}
}

func TestThePublicIDOfASocketIsShownAndNotItsSession(t *testing.T) {
	n := newFixture(t).start()
	r := n.polled(n.Attend(as("Maths", "1")))
	n.sockets.Each(func(id string, _ int, _ int64) {
		if id == r.sid || len(id) != socket.IDLength {
			t.Errorf("the session %s is shown as %s", r.sid, id)
		}
	})
	c := n.connects("Maths", "1")
	found := false
	n.sockets.Each(func(id string, _ int, _ int64) { found = found || id == c.id })
	if !found {
		t.Errorf("nobody is shown as %s", c.id)
	}
}
