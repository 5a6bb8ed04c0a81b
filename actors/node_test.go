package actors

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/problem"
)

func TestCloseSocketsSaysGoodbyeAndWaits(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	witness := nodes[1].connects("Maths", "1")
	var clients []*client
	for range 5 {
		clients = append(clients, nodes[0].connects("Maths", "2"))
	}
	actorstest.Must(t, nodes[0].Sockets().CloseAll(t.Context()))
	if nodes[0].Sockets().Count() != 0 {
		t.Errorf("%d sockets are left", nodes[0].Sockets().Count())
	}
	for _, c := range clients {
		if reason := c.ends(); reason != session.ShuttingDown {
			t.Errorf("closed for %q", reason)
		}
		witness.hears(disconnected(c))
	}
	exactEverywhere(t, nodes, "Maths", witness)
}

// TestMain fails if anything that Stop should have ended lives on.
func TestStopCutsOffWhoIsStillThere(t *testing.T) {
	n := newFixture(t).start()
	joined := n.connects("Maths", "1")
	silent := n.dial(4, n.Attend(as("Maths", "2")))
	silent.hears("0{")
	stuck := n.connects("Maths", "3")
	stuck.Stick()
	joined.says(`42["identity-change",{}]`)
	n.call("Physics")

	n.halt()
	for _, c := range []*client{joined, silent} {
		if reason := c.ends(); reason != session.ShuttingDown {
			t.Errorf("closed for %q", reason)
		}
	}
	stuck.Close(session.TransportError) // its kernel gives up
	actorstest.Eventually(t, "all sockets to end", func() bool { return n.Sockets().Count() == 0 })
	if joined.line.Receive([]byte("3"), false) {
		t.Error("the line still takes frames")
	}
}

func TestQueryOfAStoppedNodeFails(t *testing.T) {
	n := newFixture(t).start(func(c *Config) { c.RollDeadline = time.Millisecond })
	n.halt()
	if _, err := n.CallRoll(t.Context(), "Maths"); problem.CodeOf(err) != problem.Unavailable {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.CallRoll(ctx, "Maths"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestNodeIntroducesItself(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	for _, n := range nodes {
		actorstest.Must(t, n.Introduce(t.Context()))
		for _, m := range n.View().Others() {
			if !n.isKnownTo(m) {
				t.Errorf("%s is unknown to %s", n.name, m.Name)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := nodes[0].Introduce(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestVersionsAreDrawnOnce(t *testing.T) {
	var n Node
	if a, b := n.drawVersion(), n.drawVersion(); a == 0 || b <= a {
		t.Errorf("versions %d, %d", a, b)
	}
}
