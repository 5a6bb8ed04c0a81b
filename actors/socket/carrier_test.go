package socket

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
)

// Engine.IO §Upgrade, with the websocket at another node than the session.
func TestUpgradeAtAnyNode(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	for _, at := range nodes {
		t.Run(at.name, func(t *testing.T) {
			r := nodes[0].polled(nil)
			r.posts(nodes[0], "4a")
			c, err := at.Sockets().Claim(t.Context(), r.sid)
			actorstest.Must(t, err)
			for _, n := range nodes {
				if _, err := n.Sockets().Claim(t.Context(), r.sid); !errors.Is(err, engineio.BadRequest) {
					t.Errorf("a second websocket at %s: %v", n.name, err)
				}
			}
			got := r.polls(nodes[1])
			done := r.waits(nodes[1])
			c.Probed()
			if poll := within(t, "the poll", done); poll.err != nil || !slices.Equal(poll.packets, []string{noopPacket}) {
				t.Errorf("the poll is released by %q, %v", poll.packets, poll.err)
			}
			r.posts(nodes[1], "4b", "bAQ==")
			ws := r.takesOver(c)
			ws.says("4c")
			for i := range 200 {
				ws.says(fmt.Sprintf("4%d", i))
			}
			ws.hears("4199")
			got = append(got, ws.got("")...)
			want := []string{"4a", "4b", "\x01", "4c"}
			for i := range 200 {
				want = append(want, fmt.Sprintf("4%d", i))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, n := range nodes {
				r.refused(n, engineio.BadRequest)
				if _, err := n.Sockets().Claim(t.Context(), r.sid); !errors.Is(err, engineio.BadRequest) {
					t.Errorf("another websocket at %s: %v", n.name, err)
				}
			}
			ws.says("4z")
			ws.hears("4z")
			ws.leaves()
			r.ends()
			r.refused(nodes[0], engineio.UnknownSession)
			r.refused(nodes[1], engineio.UnknownSession)
			actorstest.Eventually(t, "the carrier to end", func() bool { return at.Sockets().carried.count() == 0 })
		})
	}
}

// The reason for the end comes to the websocket, wherever that is.
func TestEndReachesTheWebsocket(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	for _, at := range nodes {
		r := nodes[0].polled(nil)
		ws := r.upgrades(at)
		ws.says("4a", "garbage", "4b")
		if reason := ws.ends(); reason != session.ParseError {
			t.Errorf("%s closes for %q", at.name, reason)
		}
		if got := ws.got(""); !slices.Equal(got, []string{"4a"}) {
			t.Errorf("%s sent %q", at.name, got)
		}
		r.ends()
		if ws.line.Receive([]byte("4c"), false) {
			actorstest.Eventually(t, "the reader to be told", func() bool { return !ws.line.Receive([]byte("4c"), false) })
		}
	}
}

func TestAbandonedClaimGoesOnPolling(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	for _, probed := range []bool{false, true} {
		for _, at := range nodes {
			r := nodes[0].polled(nil)
			c, err := at.Sockets().Claim(t.Context(), r.sid)
			actorstest.Must(t, err)
			r.posts(nodes[1], "4a")
			if probed {
				c.Probed()
			}
			r.posts(nodes[0], "4b")
			c.Abandon()
			r.posts(nodes[1], "4c")
			if got := r.collects(nodes, 3); !slices.Equal(got, []string{"4a", "4b", "4c"}) {
				t.Errorf("got %q", got)
			}
			ws := newClient(t)
			if _, err := c.Upgrade(t.Context(), ws); !errors.Is(err, engineio.BadRequest) {
				t.Errorf("an upgrade after all: %v", err)
			}
			r.upgrades(at).says("1") // and another one may
			r.ends()
		}
	}
	for _, n := range nodes {
		actorstest.Eventually(t, "the carriers to end", func() bool { return n.Sockets().carried.count() == 0 })
	}
}

// Some clients send the upgrade at once: the official server takes it.
func TestUpgradeWithoutProbe(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	for _, at := range nodes {
		r := nodes[0].polled(nil)
		c, err := at.Sockets().Claim(t.Context(), r.sid)
		actorstest.Must(t, err)
		r.posts(at, "4a")
		ws := r.takesOver(c)
		ws.says("4b")
		ws.hears("4b")
		if got := ws.got("4"); !slices.Equal(got, []string{"4a", "4b"}) {
			t.Errorf("%s sent %q", at.name, got)
		}
		ws.says("1")
		r.ends()
	}
}

// A websocket that is about to take over hears at once that nothing is left to be
// taken over, wherever it is.
func TestEndOfASessionReachesTheClaim(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	for _, at := range nodes {
		for _, probed := range []bool{false, true} {
			r := nodes[0].polled(nil)
			c, err := at.Sockets().Claim(t.Context(), r.sid)
			actorstest.Must(t, err)
			ended := make(chan struct{})
			stop := c.Watch(func() { close(ended) })
			if probed {
				c.Probed()
			}
			r.posts(nodes[1], "1")
			within(t, "the claim to hear of it", ended)
			stop()
			c.Abandon()
		}
	}
}

// A noop that a client did not get is no loss: it has gone over to its websocket.
func TestCutOfAReleasedPollLeavesTheWebsocketAlone(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	for _, at := range nodes {
		r := nodes[0].polled(nil)
		c, err := at.Sockets().Claim(t.Context(), r.sid)
		actorstest.Must(t, err)
		released, cut := make(chan struct{}), make(chan struct{})
		failed := make(chan error, 1)
		go func() {
			_, err := r.poll(at, func() error {
				close(released)
				<-cut
				return io.ErrClosedPipe
			})
			failed <- err
		}()
		c.Probed()
		within(t, "the release", released)
		ws := r.takesOver(c)
		close(cut)
		if err := within(t, "the poll", failed); !errors.Is(err, io.ErrClosedPipe) {
			t.Error(err)
		}
		ws.says("4a")
		ws.hears("4a")
		if ws.Closed() != "" {
			t.Errorf("%s: closed for %q", at.name, ws.Closed())
		}
	}
}

// A client that does not read is cut off at its limit, wherever its websocket is:
// what waits for it does not grow without bound.
func TestStuckCarrierIsBounded(t *testing.T) {
	const outbound, size = 64 << 10, 8 << 10
	nodes := newFixture(t).nodes(2)
	r := nodes[0].polled(nil, func(w *Wire) { w.Outbound = outbound })
	ws := r.upgrades(nodes[1])
	ws.Stick()
	sent := 0
	for full := false; !full; sent += size {
		r.socket.Send(engineio.Packet{Type: engineio.Message, Data: make([]byte, size)})
		full = r.socket.out.IsShut()
		if sent > carryWindow+3*outbound {
			t.Fatalf("%d bytes wait", sent)
		}
	}
	r.ends()
	r.refused(nodes[1], engineio.UnknownSession)
	ws.Close(session.TransportError) // as the deadline of its write does
	actorstest.Eventually(t, "the carrier to end", func() bool { return nodes[1].Sockets().carried.count() == 0 })
}

// A client that floods is held back by its own websocket.
func TestCarrierHoldsTheReaderBack(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	r := nodes[0].polled(nil, func(w *Wire) { w.Outbound = 16 << 20 })
	ws := r.upgrades(nodes[1])
	const frames = 20 * lineDepth
	var reader sync.WaitGroup
	reader.Go(func() {
		for i := range frames {
			ws.line.Receive(fmt.Appendf(nil, "4%d", i), false)
			ws.line.mu.Lock()
			waiting := ws.line.waiting
			ws.line.mu.Unlock()
			if waiting > lineDepth {
				t.Errorf("%d frames under way", waiting)
			}
		}
	})
	reader.Wait()
	ws.hears(fmt.Sprintf("4%d", frames-1))
	if got := len(ws.got("")); got != frames {
		t.Errorf("%d of %d frames came back", got, frames)
	}
}
