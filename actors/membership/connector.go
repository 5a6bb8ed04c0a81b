package membership

import (
	"context"
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/eventstream"
	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"
)

// handshake bounds how long a connection to a peer may take to be greeted. A
// frozen peer accepts connections and says nothing.
const handshake = time.Second

// connector opens the streams to other nodes. protoactor reacts to a failed one
// by sleeping for two seconds and then tearing down whatever connection that
// address has by then: the healthy one to its restarted node too. So a failure
// is announced here at once, and ends the connection's actor by a panic, which
// protoactor handles by closing what belongs to it.
type connector struct {
	events *eventstream.EventStream
	open   context.Context // its end closes all streams
}

// stream is a grpc.StreamClientInterceptor.
func (c *connector) stream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, cancel := context.WithCancel(ctx)
	s := &peerStream{
		peer: conn.Target(), events: c.events, cancel: cancel,
		unlink: context.AfterFunc(c.open, cancel),
		late:   time.AfterFunc(handshake, cancel),
	}
	var err error
	if s.ClientStream, err = open(ctx, desc, conn, method, opts...); err != nil {
		s.fail(err)
	}
	return s, nil
}

// peerStream is written to by the actor of its connection, which also reads the
// greeting; only then does another goroutine read.
type peerStream struct {
	grpc.ClientStream
	peer    string
	events  *eventstream.EventStream
	cancel  context.CancelFunc
	unlink  func() bool
	late    *time.Timer
	greeted bool
}

func (s *peerStream) SendMsg(m any) error {
	err := s.ClientStream.SendMsg(m)
	if err != nil && !s.greeted {
		s.fail(err)
	}
	return err
}

func (s *peerStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if !s.greeted {
		if !s.late.Stop() {
			err = context.DeadlineExceeded
		}
		if err != nil {
			s.fail(err)
		}
		s.greeted = true
	}
	if err != nil {
		s.end()
	}
	return err
}

func (s *peerStream) end() {
	s.late.Stop()
	s.unlink()
	s.cancel()
}

func (s *peerStream) fail(err error) {
	s.end()
	s.events.Publish(&remote.EndpointTerminatedEvent{Address: s.peer})
	panic(fmt.Errorf("membership: connect to %s: %w", s.peer, err))
}
