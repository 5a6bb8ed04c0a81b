package socket

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/inflight"
	"github.com/rollcall/rollcall/actors/membership/membershiptest"
	"github.com/rollcall/rollcall/protos/engineio"
)

const (
	largeSize = 500_000

	// fewLarge is how many of them may be in flight at a time.
	fewLarge = inflight.Limit / largeSize

	manyLarge = fewLarge + 4
)

// large is a message of that size, as a client sends it and as it comes back.
func large() string { return "4" + strings.Repeat("x", largeSize) }

// sendsLarge has the socket send its client such a message.
func (r *roamer) sendsLarge() {
	r.socket.Send(engineio.Packet{Type: engineio.Message, Data: []byte(large()[1:])})
}

// stands has the node actor do nothing until it goes on: nobody hears what this node has
// received, and it does not hear what others have.
func (n *testNode) stands() (goesOn func()) {
	process, _ := n.system.ProcessRegistry.Get(n.pid)
	process.SendSystemMessage(n.pid, &actor.SuspendMailbox{})
	return sync.OnceFunc(func() { process.SendSystemMessage(n.pid, &actor.ResumeMailbox{}) })
}

// patientNodes starts two nodes that wait for marks as long as it takes.
func (f *fixture) patientNodes() (home, away *testNode) {
	nodes := f.nodes(2)
	for _, n := range nodes {
		n.sockets.links.markLife = time.Hour
	}
	return nodes[0], nodes[1]
}

// Many clients are told, or say, something large by another node than that of their
// sessions: little of it is under way at a time, nobody who says little waits for that,
// and all of it arrives.
func TestClientsFillNoLink(t *testing.T) {
	ways := map[string]func(r *roamer, home, away *testNode) (begin func(), came func() bool){
		"to a websocket": func(r *roamer, _, away *testNode) (func(), func() bool) {
			ws := r.upgrades(away)
			return r.sendsLarge, func() bool { return len(ws.got("4x")) > 0 }
		},
		"from a websocket": func(r *roamer, _, away *testNode) (func(), func() bool) {
			ws := r.upgrades(away)
			return func() { ws.says(large()) }, func() bool { return len(ws.got("4x")) > 0 }
		},
		"by a poll": func(r *roamer, home, away *testNode) (func(), func() bool) {
			poll := r.waiting(r.t.Context(), away, home)
			return r.sendsLarge, func() bool { return len(poll) > 0 }
		},
		"by a POST": func(r *roamer, _, away *testNode) (func(), func() bool) {
			var done atomic.Bool
			return func() { go func() { done.Store(r.post(away, large()) == nil) }() }, done.Load
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			home, away := newFixture(t).patientNodes()
			quick := home.polled(nil).upgrades(away)
			var begins []func()
			var came []func() bool
			for range manyLarge {
				begin, has := way(home.polled(nil), home, away)
				begins, came = append(begins, begin), append(came, has)
			}
			count := func() (n int) {
				for _, has := range came {
					if has() {
						n++
					}
				}
				return n
			}
			goesOn := away.stands()
			defer goesOn()
			for _, begin := range begins {
				begin()
			}
			actorstest.Eventually(t, "the first", func() bool { return count() == fewLarge })
			for i := range 10 {
				quick.says(fmt.Sprint("4little ", i))
				quick.hears(fmt.Sprint("4little ", i))
			}
			if got := count(); got != fewLarge {
				t.Errorf("%d were under way at a time", got)
			}
			goesOn()
			actorstest.Eventually(t, "all", func() bool { return count() == manyLarge })
		})
	}
}

// What slow readers have yet to read has been received: others are told large things, too.
func TestSlowReadersAtAnotherNodeHoldUpNobody(t *testing.T) {
	home, away := newFixture(t).patientNodes()
	quick := home.polled(nil)
	ws := quick.upgrades(away)
	for range 2 * fewLarge {
		r := home.polled(nil)
		slow := r.upgrades(away)
		slow.Pause()
		defer slow.Resume()
		r.sendsLarge()
		slow.awaits("its carrier to wait", slow.IsWaitedFor)
	}
	quick.sendsLarge()
	ws.hears("4x")
}

// A client says something large, and leaves: it has said it, though it had to wait.
func TestWhatWaitsForALinkIsTakenBeforeTheEnd(t *testing.T) {
	home, away := newFixture(t).patientNodes()
	var said []*roamer
	var gone []*client
	for range manyLarge {
		r := home.polled(nil)
		said, gone = append(said, r), append(gone, r.upgrades(away))
	}
	taken := func() uint64 { return home.metrics.In.Packets.Load() }
	goesOn := away.stands()
	defer goesOn()
	for _, ws := range gone {
		ws.says(large())
		ws.leaves()
	}
	actorstest.Eventually(t, "the first", func() bool { return taken() == fewLarge })
	goesOn()
	for _, r := range said {
		r.ends()
	}
	if got := taken(); got != manyLarge {
		t.Errorf("%d were taken", got)
	}
	actorstest.Eventually(t, "the carriers to end", func() bool { return away.Sockets().carried.count() == 0 })
}

// With a link ends what waits for room on it.
func TestNobodyWaitsForALostLink(t *testing.T) {
	f := newFixture(t)
	home, away := f.patientNodes()
	posted := make(chan error, manyLarge)
	goesOn := away.stands()
	defer goesOn()
	for range manyLarge {
		home.polled(nil).upgrades(away).says(large())
		r := home.polled(nil)
		go func() { posted <- r.post(away, large()) }()
	}
	actorstest.Eventually(t, "the first", func() bool { return home.metrics.In.Packets.Load() == fewLarge })
	membershiptest.Vanish(f.Members[0])
	for range manyLarge {
		_ = within(t, "a POST to end", posted)
	}
	actorstest.Eventually(t, "the carriers to end", func() bool { return away.Sockets().carried.count() == 0 })
}
