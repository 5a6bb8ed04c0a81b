package socket

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/protos/engineio"
)

// docs/wire.md, "Any node takes any request".
func TestAnyNodeServesPollsAndPosts(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	r := nodes[0].polled(nil)
	var want []string
	for i := range 60 {
		text := fmt.Sprintf("4%d", i)
		want = append(want, text)
		r.posts(nodes[i%2], text)
	}
	want = append(want, "bAQID", "4last")
	r.posts(nodes[1], "bAQID", "4last")
	if diff := cmp.Diff(want, r.collects(nodes, len(want))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range 9 {
		at := nodes[i%2]
		done := r.waits(at)
		r.posts(nodes[i/2%2], "4again")
		if got := within(t, "the answer", done); got.err != nil || !slices.Equal(got.packets, []string{"4again"}) {
			t.Errorf("%s answers %q, %v", at.name, got.packets, got.err)
		}
	}
	r.posts(nodes[1], "1")
	r.ends()
}

func TestOnePollBringsABoundedPayload(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	r := nodes[0].polled(nil)
	var want []string
	for i := range 5 {
		text := fmt.Sprintf("4%d", i) + strings.Repeat("x", pollSize/5*2)
		want = append(want, text)
		r.posts(nodes[1], text)
	}
	var got []string
	for polls := 0; len(got) < len(want); polls++ {
		payload := r.polls(nodes[1])
		if size := len(strings.Join(payload, " ")); size > pollSize {
			t.Errorf("poll %d brings %d bytes", polls, size)
		}
		got = append(got, payload...)
	}
	if !slices.Equal(got, want) {
		t.Error("not what was posted")
	}
}

func TestUnknownSessionIsRefusedByEveryNode(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	lived := nodes[0].polled(nil)
	lived.posts(nodes[1], "1")
	lived.polls(nodes[1]) // the client is told
	lived.ends()
	open := nodes[0].polled(nil)
	tests := map[string]string{
		"none":                         "",
		"too short":                    "x",
		"without a node":               newID(),
		"of nobody":                    newID() + "node-1",
		"of nobody on the other":       newID() + "node-2",
		"of an unknown node":           newID() + "node-9",
		"of no node's name":            newID() + "../x",
		"one that has ended":           lived.sid,
		"of another's, on this node":   open.sid[:IDLength] + "node-2",
		"of another's, cut":            open.sid[1:],
		"of another's, with something": open.sid + "x",
	}
	for name, sid := range tests {
		t.Run(name, func(t *testing.T) {
			r := &roamer{t: t, sid: sid}
			for _, n := range nodes {
				r.refused(n, engineio.UnknownSession)
				if _, err := n.Sockets().Claim(t.Context(), sid); !errors.Is(err, engineio.UnknownSession) {
					t.Errorf("%s takes a websocket: %v", n.name, err)
				}
			}
		})
	}
}

// Engine.IO §Receiving data, wherever the second poll comes to.
func TestSecondPollAnywhereEndsTheSession(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	for _, at := range [][2]int{{0, 1}, {1, 0}, {1, 1}, {0, 0}} {
		r := nodes[0].polled(nil)
		one, other := r.waits(nodes[at[0]]), r.waits(nodes[at[1]])
		first, second := within(t, "one poll", one), within(t, "the other", other)
		if first.err != nil {
			first, second = second, first // they came in this order
		}
		if first.err != nil || !slices.Equal(first.packets, []string{closePacket}) {
			t.Errorf("%v: the first got %q, %v", at, first.packets, first.err)
		}
		if !errors.Is(second.err, engineio.BadRequest) {
			t.Errorf("%v: the second got %q, %v", at, second.packets, second.err)
		}
		r.ends()
		r.refused(nodes[0], engineio.UnknownSession)
		r.refused(nodes[1], engineio.UnknownSession)
	}
}

func TestPollThatIsCutEndsTheSession(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	r := nodes[0].polled(nil)
	ctx, cut := context.WithCancel(t.Context())
	done := r.waiting(ctx, nodes[1], nodes[0])
	cut()
	if got := within(t, "the poll", done); !errors.Is(got.err, context.Canceled) {
		t.Errorf("got %q, %v", got.packets, got.err)
	}
	r.ends()
}

// departed is the context of a client that has gone, which nobody has noticed yet.
type departed struct{ context.Context }

func (departed) Done() <-chan struct{} { return nil }
func (departed) Err() error            { return context.Canceled }

// What comes for a client that has gone is not taken for delivered.
func TestNothingIsDeliveredToWhoHasGone(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	for _, at := range nodes {
		r := nodes[0].polled(nil)
		r.posts(at, "4x")
		err := at.Sockets().Poll(departed{t.Context()}, r.sid, func(payload []byte) error {
			t.Errorf("delivered %q", payload)
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("failed by %v", err)
		}
		r.ends()
	}
}
