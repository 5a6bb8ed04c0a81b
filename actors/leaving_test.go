package actors

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos/engineio"
)

// docs/wire.md, "Polling": what a poll was to bring is not lost in silence.
func TestPollThatIsNotDeliveredEndsTheSession(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	witness := nodes[1].connects("Maths", "1")
	for _, at := range nodes {
		r := nodes[0].polled(at.Attend(as("Maths", "2")))
		r.posts(at, "40")
		if _, err := r.poll(at, func() error { return io.ErrClosedPipe }); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: %v", at.name, err)
		}
		r.ends()
		soonExactEverywhere(t, nodes, "Maths", witness)
		r.refused(at, engineio.UnknownSession)
	}
}

// Nobody stays in a room by a connection to a node that is no more.
func TestSocketsBehindADeadNodeLeaveAtOnce(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	witness := nodes[0].connects("Maths", "1")
	joins := func() *roamer {
		r := nodes[0].polled(nodes[0].Attend(as("Maths", "2")))
		r.posts(nodes[1], "40")
		return r
	}
	upgraded, polls := joins(), joins()
	ws := upgraded.upgrades(nodes[1])
	ws.hears(`42["handshake",`)
	for handshake := false; !handshake; {
		handshake = slices.ContainsFunc(polls.polls(nodes[1]), func(p string) bool { return strings.HasPrefix(p, `42["handshake",`) })
	}
	ctx, giveUp := context.WithCancel(t.Context())
	done := polls.waiting(ctx, nodes[1])
	actorstest.Eventually(t, "all to be in the room", func() bool { return nodes[0].call("Maths").Sockets() == 3 })
	nodes[1].crash()
	upgraded.ends()
	polls.ends()
	soonExactEverywhere(t, nodes[:1], "Maths", witness)
	giveUp()
	within(t, "the poll at the dead node", done)
	if n := nodes[0].Sockets().Count(); n != 1 {
		t.Errorf("%d sockets are left", n)
	}
}
