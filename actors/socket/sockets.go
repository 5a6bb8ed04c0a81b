package socket

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/protos/engineio"
)

// Directory returns where the actors of a live node are, host:port, and false
// for a node that is not there.
type Directory func(node string) (address string, ok bool)

// Sockets are the sockets of one node, and the way to those of every other: any
// node takes any request of a client, since the id of its session names the node
// that has its socket. They know nothing of rooms or users. Methods may be called
// from any goroutine.
type Sockets struct {
	system    *actor.ActorSystem
	node      string
	directory Directory
	log       *slog.Logger
	links     *links
	open      *switchboard // the sockets
	carried   *switchboard // websockets here of sockets elsewhere
	metrics   *metrics.Metrics
	memory    *outbox.Memory
	partials  *quota.Partials
	claims    atomic.Uint64   // counts them, to name each
	leaving   context.Context // done when this node is to serve no more
	leave     context.CancelFunc
}

// Config is what the sockets of a node stand on.
type Config struct {
	System *actor.ActorSystem
	Node   string // its name, in which the ids of its sessions end
	Log    *slog.Logger

	// Directory finds the other nodes; nil for a node that is alone, which needs no Mark.
	Directory Directory
	// Mark has the node at an address say, by Passed, when it has received what it was
	// sent so far. It is called from any goroutine, and must not wait.
	Mark func(address string, number uint64)

	Metrics  *metrics.Metrics // what is counted; nil for new ones
	Memory   *outbox.Memory   // of what waits for clients; nil for any number of bytes
	Partials *quota.Partials  // of clients; nil for any number of bytes
}

// NewSockets returns the sockets of a node. Close must be called.
func NewSockets(config Config) *Sockets {
	if config.Metrics == nil {
		config.Metrics = new(metrics.Metrics)
	}
	if config.Memory == nil {
		config.Memory = outbox.NewMemory(0)
	}
	leaving, leave := context.WithCancel(context.Background())
	return &Sockets{
		system: config.System, node: config.Node, directory: config.Directory, log: config.Log,
		links: newLinks(config.System, config.Mark), metrics: config.Metrics, memory: config.Memory, partials: config.Partials,
		open: newSwitchboard(returnMemory), carried: newSwitchboard(nil), leaving: leaving, leave: leave,
	}
}

// returnMemory gives the system back what sockets took that have just ended. Go does so by
// itself only when much is asked for again, or after some minutes.
func returnMemory() { time.AfterFunc(2*lingering, debug.FreeOSMemory) }

// Count returns how many sockets are open on this node.
func (s *Sockets) Count() int { return s.open.count() }

// Open starts the socket of a connection. The caller passes on what the client
// sends through the line that it returns.
func (s *Sockets) Open(o Opening) *Line {
	line, _ := s.start(o)
	return line
}

func (s *Sockets) start(o Opening) (*Line, string) {
	so := newSocket(s, o)
	pid, err := s.system.Root.SpawnNamed(actor.PropsFromProducer(func() actor.Actor { return so }), socketActor(so.sid))
	if err != nil {
		panic(err) // the name is drawn at random
	}
	so.line.socket = pid
	s.open.add(so.line)
	return so.line, so.sid
}

// CloseAll closes every socket of this node, and every connection here of a
// socket elsewhere, telling the clients why. It waits until all have left what
// they were in, or ctx is done.
func (s *Sockets) CloseAll(ctx context.Context) error {
	for _, board := range []*switchboard{s.open, s.carried} {
		for _, line := range board.all() {
			s.system.Root.Send(line.socket, closeAll{})
		}
	}
	s.leave() // last: the polls of this node's own sockets are to bring the reason
	return errors.Join(s.open.wait(ctx), s.carried.wait(ctx))
}

// Close cuts off what is still open.
func (s *Sockets) Close() {
	s.leave()
	s.links.close()
	for _, board := range []*switchboard{s.open, s.carried} {
		for _, line := range board.all() {
			s.system.Root.Stop(line.socket)
		}
	}
}

// find returns the actor of a session.
func (s *Sockets) find(sid string) (*actor.PID, bool) {
	if len(sid) <= IDLength {
		return nil, false // of protocol 3, or none
	}
	address := s.system.Address()
	if node := sid[IDLength:]; node != s.node {
		if s.directory == nil {
			return nil, false
		}
		var ok bool
		if address, ok = s.directory(node); !ok {
			return nil, false
		}
	}
	return actor.NewPID(address, socketActor(sid)), true
}

// Here reports whether the id of a session names this node.
func (s *Sockets) Here(sid string) bool { return len(sid) > IDLength && sid[IDLength:] == s.node }

// newSID returns the id of a new session: who has it can act as its client, so
// nobody can guess it. Protocol 3 shows it to everybody as the socket's id, and
// has no requests that would need to find the socket.
func (s *Sockets) newSID(version engineio.Version) string {
	if version == engineio.V3 {
		return newID()
	}
	return newID() + s.node
}

// socketActor is the name of the actor of a session.
func socketActor(sid string) string { return Door + "/" + sid }

// Door is what the names of all sockets begin with.
const Door = "socket"
