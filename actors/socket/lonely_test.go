package socket

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/protos"
)

// newLonely returns a node that is alone in a bubble of testing/synctest: there is no
// cluster. The test is to end with parts.
func newLonely(t *testing.T, system *actor.ActorSystem) *testNode {
	n := &testNode{t: t, name: "node-1", system: system, metrics: new(metrics.Metrics)}
	n.sockets = NewSockets(Config{System: system, Node: n.name, Log: slog.New(slog.DiscardHandler), Metrics: n.metrics})
	return n
}

// parts returns when nothing is left of the sockets of a node in a bubble.
func (s *Sockets) parts() {
	s.Close()
	<-time.After(time.Hour)
}

// carries gives a session a websocket, as if that were at another node.
func (s *Sockets) carries(ctx context.Context, t *testing.T, sid string, websocket Transport) *Line {
	t.Helper()
	c, err := s.Claim(ctx, sid)
	actorstest.Must(t, err)
	defer c.question.end()
	line := s.carry(c.to, websocket)
	actorstest.Must(t, c.ask(ctx, &protos.Upgrade{Token: c.token, Carrier: line.socket.GetId()}))
	return line
}

// here gives the session a websocket at its own node.
func (n *testNode) here(r *roamer) *client { return r.upgrades(n) }

// elsewhere gives it one as if that were at another node.
func (n *testNode) elsewhere(r *roamer) *client {
	n.t.Helper()
	ws := newClient(n.t)
	ws.line = n.sockets.carries(n.t.Context(), n.t, r.sid, ws)
	return ws
}
