package actors

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
)

// roamer is a client whose requests come to any node.
type roamer struct {
	t     *testing.T
	sid   string
	ended chan struct{} // closed when its socket has ended
}

// polled opens a session of long-polling on this node.
func (n *testNode) polled(app socket.Application, change ...func(*socket.Wire)) *roamer {
	n.t.Helper()
	wire := testWire()
	for _, with := range change {
		with(wire)
	}
	r := &roamer{t: n.t, ended: make(chan struct{})}
	r.sid = n.Sockets().OpenPolling(socket.Opening{
		Version: engineio.V4, Upgrades: []string{"websocket"}, Wire: wire, Application: app,
		Ended: func() { close(r.ended) },
	})
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

// asking is the context of a poll that tells when that has been sent.
type asking struct {
	context.Context
	sent func()
}

func (a asking) Done() <-chan struct{} {
	a.sent()
	return a.Context.Done()
}

// waiting begins a poll at a node, and returns once it waits where the session is.
func (r *roamer) waiting(ctx context.Context, at *testNode) <-chan result {
	r.t.Helper()
	done, sent := make(chan result, 1), make(chan struct{})
	go func() {
		err := at.Sockets().Poll(asking{ctx, sync.OnceFunc(func() { close(sent) })}, r.sid, func(payload []byte) error {
			done <- result{packets: strings.Split(string(payload), "\x1e")}
			return nil
		})
		if err != nil {
			done <- result{err: err}
		}
	}()
	within(r.t, "the poll to be sent", sent)
	r.posts(at, "6") // goes the same way, behind it
	return done
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

// upgrades gives the session a websocket at a node.
func (r *roamer) upgrades(at *testNode) *client {
	r.t.Helper()
	claim, err := at.Sockets().Claim(r.t.Context(), r.sid)
	actorstest.Must(r.t, err)
	claim.Probed()
	ws := newClient(r.t)
	ws.line, err = claim.Upgrade(r.t.Context(), ws)
	actorstest.Must(r.t, err)
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
