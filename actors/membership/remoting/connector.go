package remoting

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/eventstream"
	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/grpc"

	"github.com/rollcall/rollcall/actors/metrics"
)

// handshake bounds how long a connection to a peer may take to be greeted. A
// frozen peer accepts connections and says nothing.
const handshake = time.Second

// connector opens the streams to other nodes. protoactor reacts to a failed one
// by sleeping for two seconds and then tearing down whatever connection that
// address has by then: the healthy one to its restarted node too. So a failure
// is announced here at once, and ends the connection's actor by a panic, which
// protoactor handles by closing what belongs to it.
//
// protoactor also announces the end of a connection that it has closed itself.
// By then the address may have the next one, which that announcement ends, and
// so on: the connections to a node that was evicted and came back would end
// each other for as long as there is traffic. So such an end is kept silent.
type connector struct {
	events *eventstream.EventStream
	open   context.Context // its end closes all streams
	sent   *metrics.Peers  // counts messages by the peer's address
	queues *backlogs
}

// stream is a grpc.StreamClientInterceptor.
func (c *connector) stream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, cancel := context.WithCancel(ctx)
	s := &peerStream{
		peer: conn.Target(), events: c.events, cancel: cancel, sent: c.sent.Of(conn.Target()),
		unlink: context.AfterFunc(c.open, cancel),
		late:   time.AfterFunc(handshake, cancel),
	}
	s.backlog = c.queues.of(s.peer)
	s.backlog.begin(cancel)
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
	sent    *atomic.Uint64
	backlog *backlog
	cancel  context.CancelFunc
	unlink  func() bool
	late    *time.Timer
	greeted bool
	broken  atomic.Bool // a message could not be sent
	closed  atomic.Bool // by protoactor, having ended the connection
}

func (s *peerStream) SendMsg(m any) error {
	err := s.ClientStream.SendMsg(m)
	if frame, ok := m.(*remote.RemoteMessage); ok {
		s.count(frame.GetMessageBatch().GetEnvelopes(), err == nil)
	}
	if err != nil {
		s.broken.Store(true)
		if !s.greeted {
			s.fail(err)
		}
	}
	return err
}

func (s *peerStream) count(envelopes []*remote.MessageEnvelope, sent bool) {
	bytes := 0
	for _, e := range envelopes {
		bytes += len(e.GetMessageData())
	}
	s.backlog.took(int64(len(envelopes)), int64(bytes))
	if sent {
		s.sent.Add(uint64(len(envelopes)))
	}
}

// CloseSend is called by protoactor when it is done with the connection, also
// after it could not send: the end of that one has not been announced yet.
func (s *peerStream) CloseSend() error {
	s.closed.Store(!s.broken.Load())
	return s.ClientStream.CloseSend()
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
		if s.closed.Load() {
			return io.EOF // of which protoactor makes nothing
		}
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
