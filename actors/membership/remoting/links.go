package remoting

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"

	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/metrics"
)

// Config says where the actors of a node are, and what they take from others.
type Config struct {
	Host       string           // to bind
	Port       int              // to bind; 0 takes a free one
	Advertised string           // host:port at which other nodes reach that; "" for where it binds
	Keys       *clusterkey.Ring // what all nodes share; nil for plain text

	Packages []string              // of protobuf, whose messages actors take from other nodes
	Doors    []string              // names of the actors that other nodes write to, with their children
	IsMember func(netip.Addr) bool // whether a member has that address; nil for nobody
	Answer   func() []byte         // to whoever asks who is here; nil as long as that is not known

	Sent   *metrics.Peers // counts what is sent, by address
	Logger *slog.Logger
}

// Links connect the actors of this node with those of the others: the port that takes
// in what they send, and a stream to each to which something is sent.
type Links struct {
	system   *actor.ActorSystem
	settings *remote.Config
	guard    *guard
	queues   *backlogs
	hangUp   context.CancelFunc // closes the streams
	port     *remote.Remote     // nil until it is open
}

// New opens nothing yet; see [Links.Open].
func New(system *actor.ActorSystem, config Config) *Links {
	strangers := LimitedLog(config.Logger)
	g := &guard{
		log: strangers, answer: config.Answer, doorman: NewDoorman("actor", config.IsMember, strangers),
		delivery: &delivery{packages: config.Packages, address: system.Address, doors: config.Doors},
	}
	streams, hangUp := context.WithCancel(context.Background())
	queues := newBacklogs(system, config.Logger)
	c := &connector{events: system.EventStream, open: streams, sent: config.Sent, queues: queues}
	return &Links{system: system, settings: settings(config, c, g), guard: g, queues: queues, hangUp: hangUp}
}

// Settings are those of protoactor's transport, for its Cluster.
func (l *Links) Settings() *remote.Config { return l.settings }

// Open opens the port. protoactor panics if it cannot, which is returned as an error.
func (l *Links) Open() (_ *remote.Remote, err error) {
	port := remote.NewRemote(l.system, l.settings)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	l.system.ProcessRegistry.RegisterAddressResolver(l.queues.resolver(port)) // before protoactor registers its own
	port.Start()
	l.port = port
	return port, nil
}

// BetweenGreetings does something while protoactor greets nobody: it then reads its list
// of blocked members, which it writes to without a lock.
func (l *Links) BetweenGreetings(do func()) {
	l.guard.gate.Lock()
	defer l.guard.gate.Unlock()
	do()
}

// Panics returns how many malformed or foreign calls on the port were survived.
func (l *Links) Panics() uint64 { return l.guard.panics.Load() }

// Close closes the streams and the port. protoactor's own graceful way waits up to 10 s
// for streams that its peers keep open, and may panic on a closed channel.
func (l *Links) Close() {
	l.hangUp()
	if l.port != nil {
		l.port.Shutdown(false)
	}
}
