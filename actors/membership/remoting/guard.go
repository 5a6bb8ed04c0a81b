package remoting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/rollcall/rollcall/actors/trace"
)

// guard keeps what comes over the actor port from harming this node: protoactor delivers
// anything to anybody, and panics on a malformed frame and on any call it does not
// implement.
type guard struct {
	log      *slog.Logger // limited
	panics   atomic.Uint64
	gate     sync.RWMutex // see Links.BetweenGreetings
	delivery *delivery
	doorman  *Doorman
	answer   func() []byte // to whoever asks who is here
}

func (g *guard) stream(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	gated := &gatedStream{ServerStream: s, guard: g}
	defer gated.leave()
	defer g.recover(&err)
	return handle(srv, gated)
}

func (g *guard) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (_ any, err error) {
	defer g.recover(&err)
	return handle(ctx, req)
}

func (g *guard) recover(err *error) {
	r := recover()
	if r == nil {
		return
	}
	g.panics.Add(1)
	g.log.Error("malformed call on the actor port", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	*err = status.Error(codes.InvalidArgument, "malformed call")
}

// refuse counts and logs what no node of this program sends, and returns how its sender
// is told.
func (g *guard) refuse(err error) error {
	g.panics.Add(1)
	g.log.Warn("refused what came over the actor port, and its connection", "err", err)
	return status.Error(codes.PermissionDenied, err.Error())
}

// gatedStream holds the gate while protoactor looks at the greeting of a peer:
// from taking it in to answering it. It holds it over no operation that waits.
type gatedStream struct {
	grpc.ServerStream
	guard   *guard
	inside  bool
	greeted bool
}

func (s *gatedStream) RecvMsg(m any) error {
	s.leave()
	err := s.ServerStream.RecvMsg(m)
	frame, ok := m.(*remote.RemoteMessage)
	if err != nil || !ok {
		return err
	}
	if !s.greeted && frame.GetConnectRequest() != nil {
		s.guard.gate.RLock()
		s.inside, s.greeted = true, true
	}
	if err := s.guard.delivery.check(frame.GetMessageBatch()); err != nil {
		return s.guard.refuse(err)
	}
	for _, envelope := range frame.GetMessageBatch().GetEnvelopes() {
		trace.Landed(envelope.GetMessageHeader().GetHeaderData())
	}
	return nil
}

func (s *gatedStream) SendMsg(m any) error {
	// A goodbye may be sent by another goroutine; it does not concern the gate.
	if frame, ok := m.(*remote.RemoteMessage); ok && frame.GetConnectResponse() != nil {
		s.leave()
	}
	return s.ServerStream.SendMsg(m)
}

func (s *gatedStream) leave() {
	if s.inside {
		s.inside = false
		s.guard.gate.RUnlock()
	}
}

// admission has the doorman look at each connection before its greeting.
type admission struct {
	credentials.TransportCredentials
	doorman *Doorman
}

// ServerHandshake greets who is admitted. gRPC closes the connection if it fails.
func (a admission) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	admitted, ok := a.doorman.Admit(raw)
	if !ok {
		return nil, nil, errCrowded
	}
	conn, info, err := a.TransportCredentials.ServerHandshake(admitted)
	if err != nil {
		_ = admitted.Close()
	}
	return conn, info, err
}

// Clone returns one that asks the same doorman.
func (a admission) Clone() credentials.TransportCredentials {
	return admission{a.TransportCredentials.Clone(), a.doorman}
}

var errCrowded = errors.New("too many connections")
