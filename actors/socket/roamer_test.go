package socket

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

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

// post sends a payload to a node.
func (r *roamer) post(at *testNode, payload string) error {
	p, err := at.Sockets().BeginPost(r.t.Context(), r.sid)
	if err != nil {
		return err
	}
	return p.Deliver(r.t.Context(), []byte(payload))
}

// posts sends packets to a node, which must be taken.
func (r *roamer) posts(at *testNode, packets ...string) {
	r.t.Helper()
	actorstest.Must(r.t, r.post(at, strings.Join(packets, "\x1e")))
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
	ws := newClient(r.t)
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
	if err := r.post(at, "4late"); !errors.Is(err, why) {
		r.t.Errorf("%s answers a post with %v, want %v", at.name, err, why)
	}
}

// ends waits until the socket has ended.
func (r *roamer) ends() {
	r.t.Helper()
	within(r.t, "the end of the session", r.ended)
}
