package actors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
)

// repeater is a conversation that sends every message back.
type repeater struct{ socket *Socket }

func (r repeater) Message(m engineio.Packet) { r.socket.Send(m) }
func (repeater) Open()                       {}
func (repeater) Due() time.Time              { return time.Time{} }
func (repeater) Tick(time.Time)              {}
func (repeater) Leave(session.Reason)        {}

// roamer is a client whose requests come to any node.
type roamer struct {
	t      *testing.T
	sid    string
	socket *Socket       // nil unless it carries bare messages
	ended  chan struct{} // closed when its socket has ended
}

// polled opens a session of long-polling on this node. Without an application its
// messages come back.
func (n *testNode) polled(app Application, change ...func(*Wire)) *roamer {
	n.t.Helper()
	wire := testWire()
	for _, with := range change {
		with(wire)
	}
	r := &roamer{t: n.t, ended: make(chan struct{})}
	o := Opening{
		Version: engineio.V4, Upgrades: []string{"websocket"}, Wire: wire, Application: app,
		Ended: func() { close(r.ended) },
	}
	if app == nil {
		o.Raw = func(s *Socket) Conversation {
			r.socket = s
			return repeater{s}
		}
	}
	r.sid = n.Sockets().OpenPolling(o)
	if open := r.polls(n); len(open) == 0 || sidIn(n.t, open[0][1:]) != r.sid {
		n.t.Fatalf("opened by %q", open)
	}
	return r
}

// poll makes one poll at a node, which fails if deliver does.
func (r *roamer) poll(at *testNode, deliver func() error) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), actorstest.Patience)
	defer cancel()
	var got []string
	err := at.Sockets().Poll(ctx, r.sid, func(payload []byte) error {
		if err := deliver(); err != nil {
			return err
		}
		got = strings.Split(string(payload), "\x1e")
		return nil
	})
	return got, err
}

func delivered() error { return nil }

// polls makes a poll at a node, which must succeed, and returns its packets.
func (r *roamer) polls(at *testNode) []string {
	r.t.Helper()
	got, err := r.poll(at, delivered)
	actorstest.Must(r.t, err)
	return got
}

// result is how a poll went.
type result struct {
	packets []string
	err     error
}

// waits begins a poll at a node.
func (r *roamer) waits(at *testNode) <-chan result {
	done := make(chan result, 1)
	go func() {
		got, err := r.poll(at, delivered)
		done <- result{got, err}
	}()
	return done
}

// waiting begins a poll at another node than the session's, the owner, and returns
// once it waits there.
func (r *roamer) waiting(ctx context.Context, at, owner *testNode) <-chan result {
	r.t.Helper()
	r.posts(owner, noopPacket) // an earlier poll has been dealt with once this is answered
	before := owner.Sockets().links.watched(at)
	done := make(chan result, 1)
	go func() {
		err := at.Sockets().Poll(ctx, r.sid, func(payload []byte) error {
			done <- result{packets: strings.Split(string(payload), "\x1e")}
			return nil
		})
		if err != nil {
			done <- result{err: err}
		}
	}()
	actorstest.Eventually(r.t, "the poll to wait", func() bool { return owner.Sockets().links.watched(at) > before })
	return done
}

// watched returns how many watch the link to a node.
func (l *links) watched(to *testNode) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.watchers[to.system.Address()])
}

// posts sends packets to a node, which must be taken.
func (r *roamer) posts(at *testNode, packets ...string) {
	r.t.Helper()
	actorstest.Must(r.t, at.Sockets().Post(r.t.Context(), r.sid, []byte(strings.Join(packets, "\x1e"))))
}

// collects polls at one node after the other for so many packets besides noops.
func (r *roamer) collects(nodes []*testNode, count int) []string {
	r.t.Helper()
	var got []string
	for i := 0; len(got) < count; i++ {
		got = append(got, withoutNoops(r.polls(nodes[i%len(nodes)]))...)
	}
	return got
}

func withoutNoops(packets []string) []string {
	return slices.DeleteFunc(packets, func(p string) bool { return p == noopPacket })
}

// claims has a websocket at a node, which has probed.
func (r *roamer) claims(at *testNode) *Claim {
	r.t.Helper()
	c, err := at.Sockets().Claim(r.t.Context(), r.sid)
	actorstest.Must(r.t, err)
	c.Probed()
	return c
}

// upgrades gives the session a websocket at a node.
func (r *roamer) upgrades(at *testNode) *client {
	r.t.Helper()
	return r.takesOver(r.claims(at))
}

func (r *roamer) takesOver(c *Claim) *client {
	r.t.Helper()
	ws := &client{t: r.t, news: make(chan struct{})}
	line, err := c.Upgrade(r.t.Context(), ws)
	actorstest.Must(r.t, err)
	ws.line = line
	return ws
}

// refused fails the test unless a node refuses a poll and a post.
func (r *roamer) refused(at *testNode, why engineio.Refusal) {
	r.t.Helper()
	if got, err := r.poll(at, delivered); !errors.Is(err, why) {
		r.t.Errorf("%s answers a poll with %q, %v, want %v", at.name, got, err, why)
	}
	if err := at.Sockets().Post(r.t.Context(), r.sid, []byte("4late")); !errors.Is(err, why) {
		r.t.Errorf("%s answers a post with %v, want %v", at.name, err, why)
	}
}

// ends waits until the socket has ended.
func (r *roamer) ends() {
	r.t.Helper()
	within(r.t, "the end of the session", r.ended)
}

// WIRE.md, rule 8.
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
		text := fmt.Sprintf("4%d", i) + strings.Repeat("x", 100<<10)
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

// WIRE.md, rules 5 and 8: wherever the second poll comes to.
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

// WIRE.md, rule 7.
func TestPollThatIsNotDeliveredEndsTheSession(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	witness := nodes[1].connects("Maths", 1)
	for _, at := range nodes {
		r := nodes[0].polled(at.Attend(as("Maths", 2)))
		r.posts(at, "40")
		if _, err := r.poll(at, func() error { return io.ErrClosedPipe }); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: %v", at.name, err)
		}
		r.ends()
		soonExactEverywhere(t, nodes, "Maths", witness)
		r.refused(at, engineio.UnknownSession)
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

// WIRE.md, rule 6, with the websocket at another node than the session.
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
			ws := &client{t: t, news: make(chan struct{})}
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

func TestUpgradeWithoutProbeIsRefused(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	for _, at := range nodes {
		r := nodes[0].polled(nil)
		c, err := at.Sockets().Claim(t.Context(), r.sid)
		actorstest.Must(t, err)
		if _, err := c.Upgrade(t.Context(), &client{t: t, news: make(chan struct{})}); !errors.Is(err, engineio.BadRequest) {
			t.Errorf("%s: %v", at.name, err)
		}
		r.posts(at, "4a")
		if got := r.polls(at); !slices.Equal(got, []string{"4a"}) {
			t.Errorf("got %q", got)
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
		if ws.closed != "" {
			t.Errorf("%s: closed for %q", at.name, ws.closed)
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
	ws.stick()
	sent := 0
	for full := false; !full; sent += size {
		r.socket.Send(engineio.Packet{Type: engineio.Message, Data: make([]byte, size)})
		r.socket.out.mu.Lock()
		full = r.socket.out.shut
		r.socket.out.mu.Unlock()
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
	if _, err := claim.Upgrade(t.Context(), &client{t: t, news: make(chan struct{})}); !errors.Is(err, engineio.UnknownSession) {
		t.Errorf("an upgrade: %v", err)
	}
	actorstest.Eventually(t, "the carriers to end", func() bool { return nodes[1].Sockets().carried.count() == 0 })
}

// Nobody stays in a room by a connection to a node that is no more.
func TestSocketsBehindADeadNodeLeaveAtOnce(t *testing.T) {
	nodes := newFixture(t).nodes(2)
	witness := nodes[0].connects("Maths", 1)
	joins := func() *roamer {
		r := nodes[0].polled(nodes[0].Attend(as("Maths", 2)))
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
	done := polls.waiting(ctx, nodes[1], nodes[0])
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
