package socket

import (
	"errors"
	"slices"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
)

// The clients of a dead node are told at once, so that they can go elsewhere.
func TestSessionsOfADeadNodeAreUnknownAtOnce(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	polls, idles := nodes[0].polled(nil), nodes[0].polled(nil)
	carried := nodes[0].polled(nil)
	ws := carried.upgrades(nodes[1])
	probing := nodes[0].polled(nil)
	claim := probing.claims(nodes[1])
	done := polls.waiting(t.Context(), nodes[1], nodes[0])
	nodes[0].crash()
	if got := within(t, "the poll", done); !errors.Is(got.err, engineio.UnknownSession) {
		t.Errorf("got %q, %v", got.packets, got.err)
	}
	if reason := ws.ends(); reason != session.TransportError {
		t.Errorf("closed for %q", reason)
	}
	if ws.line.Receive([]byte("4a"), false) {
		actorstest.Eventually(t, "the reader to be told", func() bool { return !ws.line.Receive([]byte("4a"), false) })
	}
	for _, r := range []*roamer{polls, idles, carried, probing} {
		r.refused(nodes[1], engineio.UnknownSession)
	}
	if _, err := claim.Upgrade(t.Context(), newClient(t)); !errors.Is(err, engineio.UnknownSession) {
		t.Errorf("an upgrade: %v", err)
	}
	actorstest.Eventually(t, "the carriers to end", func() bool { return nodes[1].Sockets().carried.count() == 0 })
}

// A websocket whose node dies before the upgrade leaves its session polling.
func TestClaimOfADeadNodeIsForgotten(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	r := nodes[0].polled(nil)
	r.claims(nodes[1])
	nodes[1].crash()
	r.posts(nodes[0], "4a")
	if got := r.collects(nodes[:1], 1); !slices.Equal(got, []string{"4a"}) {
		t.Errorf("got %q", got)
	}
	var c *Claim
	actorstest.Eventually(t, "the claim to be forgotten", func() bool {
		var err error
		c, err = nodes[0].Sockets().Claim(t.Context(), r.sid)
		return err == nil
	})
	c.Probed()
	ws := r.takesOver(c)
	ws.says("4b")
	ws.hears("4b")
}

// A node that shuts down lets go of the polls and websockets of others' sessions.
func TestShutdownReleasesWhatIsOfOtherNodes(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	polls, carried := nodes[0].polled(nil), nodes[0].polled(nil)
	ws := carried.upgrades(nodes[1])
	done := polls.waiting(t.Context(), nodes[1], nodes[0])
	actorstest.Must(t, nodes[1].Sockets().CloseAll(t.Context()))
	if got := within(t, "the poll", done); got.err != nil || !slices.Equal(got.packets, []string{noopPacket}) {
		t.Errorf("got %q, %v", got.packets, got.err)
	}
	if reason := ws.ends(); reason != session.ShuttingDown {
		t.Errorf("closed for %q", reason)
	}
	carried.ends()
	polls.posts(nodes[0], "4a") // and goes on elsewhere
	if got := polls.polls(nodes[0]); !slices.Equal(got, []string{"4a"}) {
		t.Errorf("got %q", got)
	}
}

func TestShutdownTellsPollsAtOtherNodes(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	r := nodes[0].polled(nil)
	done := r.waits(nodes[1])
	actorstest.Must(t, nodes[0].Sockets().CloseAll(t.Context()))
	if got := within(t, "the poll", done); got.err != nil || !slices.Equal(got.packets, []string{closePacket}) {
		t.Errorf("got %q, %v", got.packets, got.err)
	}
}
