package socket

import (
	"errors"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/membership/membershiptest"
	"github.com/rollcall/rollcall/protos/engineio"
)

func (r *roamer) begins(at *testNode) *Posting {
	r.t.Helper()
	p, err := at.Sockets().BeginPost(r.t.Context(), r.sid)
	actorstest.Must(r.t, err)
	return p
}

// A client that sends a second POST before the first was answered has lost count,
// as the official server sees it, whichever nodes they come to.
func TestSecondPostEndsTheSession(t *testing.T) {
	nodes := newFixture(t).nodes(3)
	for _, first := range nodes {
		for _, second := range nodes {
			r := nodes[0].polled(nil)
			p := r.begins(first)
			if _, err := second.Sockets().BeginPost(t.Context(), r.sid); !errors.Is(err, engineio.BadRequest) {
				t.Errorf("%s, then %s: %v", first.name, second.name, err)
			}
			if err := p.Deliver(t.Context(), []byte("4a")); !errors.Is(err, engineio.UnknownSession) {
				t.Errorf("%s, then %s: the first is answered %v", first.name, second.name, err)
			}
			r.ends()
		}
	}
}

// How a POST ends that brings nothing, and what becomes of the session.
func TestPostThatBringsNothing(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	for _, at := range nodes {
		r := nodes[0].polled(nil)
		r.begins(at).Refuse()
		r.posts(at, "4a") // the next may begin
		if got := r.polls(nodes[0]); len(got) != 1 || got[0] != "4a" {
			t.Errorf("got %q", got)
		}
		r.begins(at).Lose()
		r.ends()
		r.refused(at, engineio.UnknownSession)
	}
}

// With the link to the node that reads a POST, what it read is lost.
func TestPostAtALostNodeEndsTheSession(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	r := nodes[0].polled(nil)
	r.begins(nodes[1])
	membershiptest.Vanish(f.Members[1])
	r.ends()
}

// It began before the upgrade, so it counts.
func TestPostThatBeganBeforeTheUpgradeIsTaken(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	for _, at := range nodes {
		r := nodes[0].polled(nil)
		p := r.begins(at)
		ws := r.upgrades(nodes[1])
		actorstest.Must(t, p.Deliver(t.Context(), []byte("4late")))
		ws.hears("4late")
		if _, err := at.Sockets().BeginPost(t.Context(), r.sid); !errors.Is(err, engineio.BadRequest) {
			t.Errorf("a POST after the upgrade: %v", err)
		}
		ws.says("1")
		r.ends()
	}
}
