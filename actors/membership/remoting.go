package membership

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"github.com/rollcall/rollcall/actors/trace"
)

const (
	// batch bounds how many messages share a frame. The largest is what a client
	// posts, 16 MiB at most: so many of them fit maxFrame.
	batch    = 48
	maxFrame = 1 << 30 // bytes; only the receiving side checks it

	// window is how many bytes may be on their way. It is fixed, because gRPC
	// otherwise estimates it with pings beside the data, and those cost a roll
	// call, which is a handful of tiny messages, a fifth of its time.
	window = 4 << 20
	// queue is what a connection allocates at first; it grows without a bound.
	queue = 1024
	// attempts to connect. Each one more would leak a connection.
	attempts = 1
)

// remoting configures protoactor's transport: where it binds, and where others reach
// that, if it is another address.
func remoting(address, advertised string, peers *secrets, c *connector, g *guard) (*remote.Config, error) {
	host, port, err := splitAddress(address)
	if err != nil {
		return nil, err
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]" // protoactor joins host and port by a colon
	}
	client, server := insecure.NewCredentials(), insecure.NewCredentials()
	if peers != nil {
		client, server = credentials.NewTLS(peers.peers), credentials.NewTLS(peers.peers)
	}
	config := remote.Configure(host, port,
		remote.WithAdvertisedHost(advertised),
		remote.WithEndpointWriterBatchSize(batch),
		remote.WithEndpointWriterQueueSize(queue),
		remote.WithServerOptions(
			grpc.Creds(server),
			grpc.MaxRecvMsgSize(maxFrame),
			grpc.KeepaliveParams(keepalive.ServerParameters{Time: 10 * time.Second, Timeout: 3 * time.Second}),
			grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
			grpc.StaticStreamWindowSize(window),
			grpc.StaticConnWindowSize(window),
			grpc.StreamInterceptor(g.stream),
			grpc.UnaryInterceptor(g.unary),
		),
		remote.WithDialOptions(
			grpc.WithTransportCredentials(client),
			grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 3 * time.Second}),
			grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.DefaultConfig, MinConnectTimeout: handshake}),
			grpc.WithNoProxy(), // peers are neighbours, whatever HTTPS_PROXY says
			grpc.WithStaticStreamWindowSize(window),
			grpc.WithStaticConnWindowSize(window),
			grpc.WithStreamInterceptor(c.stream),
		),
	)
	config.MaxRetryCount = attempts
	return config, nil
}

// guard keeps what comes over the actor port from ending the process:
// protoactor panics on a malformed frame and on any call it does not implement.
type guard struct {
	log    *slog.Logger
	panics atomic.Uint64
	gate   *sync.RWMutex // see provider.gate
}

func (g *guard) stream(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	gated := &gatedStream{ServerStream: s, gate: g.gate}
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

// gatedStream holds the gate while protoactor looks at the greeting of a peer:
// from taking it in to answering it. It holds it over no operation that waits.
type gatedStream struct {
	grpc.ServerStream
	gate    *sync.RWMutex
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
		s.gate.RLock()
		s.inside, s.greeted = true, true
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
		s.gate.RUnlock()
	}
}
