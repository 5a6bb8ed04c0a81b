package remoting

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/proto"
)

const (
	// mostWaiting and mostWaitingBytes bound what waits for one peer.
	mostWaiting      = 1 << 16
	mostWaitingBytes = 64 << 20

	// mostBacklogs is for how many peers that is counted until the idle ones are forgotten:
	// more than a cluster has members.
	mostBacklogs = 2048
)

// backlogs are what waits on this node to be sent to each other one. protoactor
// queues without a bound: a peer that takes nothing, and is not evicted because it
// still gossips, would fill the memory of all others. Here the connection to such a
// peer is cut. What waited for it is lost, as it is with any connection that breaks:
// whoever depends on it hears of that (see remote.EndpointTerminatedEvent), and the
// next message opens a new connection.
type backlogs struct {
	system      *actor.ActorSystem
	log         *slog.Logger
	most, bytes int64 // for one peer

	mu    sync.Mutex
	peers map[string]*backlog // by address
}

// transport sends a message to another node; it is protoactor's remote.Remote.
type transport interface {
	SendMessage(pid *actor.PID, header actor.ReadonlyMessageHeader, message any, sender *actor.PID, serializerID int32)
}

func newBacklogs(system *actor.ActorSystem, log *slog.Logger) *backlogs {
	return &backlogs{system: system, log: log, most: mostWaiting, bytes: mostWaitingBytes, peers: make(map[string]*backlog)}
}

// resolver returns how actors of other nodes are found: in place of protoactor's
// own, before which it is to be registered.
func (b *backlogs) resolver(by transport) actor.AddressResolver {
	return func(pid *actor.PID) (actor.Process, bool) {
		return &outlet{backlog: b.of(pid.GetAddress()), by: by}, true
	}
}

// of returns the backlog of a peer. It is kept, for a PID holds on to what it was once
// resolved to; but where too many were written to, those are forgotten for which nothing
// waits: an address may be what somebody gave as his own.
func (b *backlogs) of(address string) *backlog {
	b.mu.Lock()
	defer b.mu.Unlock()
	peer := b.peers[address]
	if peer == nil {
		if len(b.peers) >= mostBacklogs {
			maps.DeleteFunc(b.peers, func(_ string, idle *backlog) bool { return idle.messages.Load() == 0 })
		}
		peer = &backlog{of: b, address: address}
		b.peers[address] = peer
	}
	return peer
}

// backlog is what waits for one peer. Both counts are off by what was on its way
// when a connection broke, until the next one begins.
type backlog struct {
	of       *backlogs
	address  string
	messages atomic.Int64
	bytes    atomic.Int64
	cut      atomic.Pointer[context.CancelFunc] // of the connection, if there is one
}

// begin is called with each new connection: what waited for the one before is gone.
func (b *backlog) begin(cut context.CancelFunc) {
	b.messages.Store(0)
	b.bytes.Store(0)
	b.cut.Store(&cut)
}

// admit counts a message that is to be sent, unless too much waits already.
func (b *backlog) admit(size int64) bool {
	messages, bytes := b.messages.Add(1), b.bytes.Add(size)
	if messages <= b.of.most && bytes <= b.of.bytes {
		return true
	}
	b.took(1, size)
	if cut := b.cut.Swap(nil); cut != nil {
		b.of.log.Warn("a peer takes nothing; its connection is cut", "address", b.address, "messages", messages, "bytes", bytes)
		(*cut)()
	}
	return false
}

// took counts what was sent, or has failed to be.
func (b *backlog) took(messages, bytes int64) {
	if b.messages.Add(-messages) < 0 {
		b.messages.Store(0)
	}
	if b.bytes.Add(-bytes) < 0 {
		b.bytes.Store(0)
	}
}

// outlet is the way to an actor of another node.
type outlet struct {
	backlog *backlog
	by      transport
}

var _ actor.Process = (*outlet)(nil)

// SendUserMessage sends a message, or makes a dead letter of it.
func (o *outlet) SendUserMessage(pid *actor.PID, message any) {
	header, msg, sender := actor.UnwrapEnvelope(message)
	if !o.backlog.admit(sizeOf(msg)) {
		o.backlog.of.system.EventStream.Publish(&actor.DeadLetterEvent{PID: pid, Message: msg, Sender: sender})
		return
	}
	o.by.SendMessage(pid, header, msg, sender, -1)
}

// SendSystemMessage and Stop do nothing: what protoactor has to say to actors is said
// within a node. No node takes such messages from another, see delivery; and to watch
// actors there is late, false, or twice.
func (o *outlet) SendSystemMessage(*actor.PID, any) {}
func (o *outlet) Stop(*actor.PID)                   {}

// sizeOf returns how many bytes a message has on the wire.
func sizeOf(message any) int64 {
	if m, ok := message.(proto.Message); ok {
		return int64(proto.Size(m))
	}
	return 0
}
