package membership

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/eventstream"

	"github.com/rollcall/rollcall/actors/membership/placement"
	"github.com/rollcall/rollcall/actors/membership/remoting"
	"github.com/rollcall/rollcall/protos/problem"
)

// Cluster is this node's membership.
type Cluster struct {
	System  *actor.ActorSystem
	Cluster *cluster.Cluster // for calling grains; its MemberList is not to be read

	provider *provider
	lookup   *placement.Lookup
	links    *remoting.Links
	changes  *eventstream.Subscription // of views, for the lookup

	leaving, closing sync.Once
	left, closed     error
}

// Start makes this process a node. It returns once the node is a member of the
// cluster that answers at any of the addresses to join, or, if none answers,
// the first member of one: it then keeps looking for the others. The error is a
// [problem.Error] for people: a port is taken, or the cluster refuses the node.
// ctx bounds the start only.
func Start(ctx context.Context, config Config) (*Cluster, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	c, err := assemble(config)
	if err != nil {
		return nil, err
	}
	if err := c.open(ctx); err != nil {
		c.crash()
		return nil, err
	}
	return c, nil
}

// assemble builds everything and starts nothing.
func assemble(config Config) (*Cluster, error) {
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger {
		return slog.New(quiet{remoting.LimitedLog(config.Logger).Handler()}).With("lib", "protoactor")
	}))
	p := newProvider(config)
	l := placement.New(func() *placement.Nodes { return p.view.Load().nodes }, config.Timings.Activation, config.Directory)
	host, port, err := splitAddress(config.ActorAddr)
	if err != nil {
		return nil, err
	}
	links := remoting.New(system, remoting.Config{
		Host: host, Port: port, Advertised: config.Advertise.Actor, Keys: config.Keys,
		Packages: config.Packages,
		Doors:    slices.Concat(config.Doors, config.kindNames(), []string{placement.ActorName}), // grains are named after their kinds
		IsMember: p.isMember, Answer: p.answer, Sent: config.Sent, Logger: config.Logger,
	})
	p.links = links
	settings := cluster.Configure(config.Cluster, p, l, links.Settings(),
		cluster.WithKinds(config.Kinds...),
		cluster.WithRequestTimeout(config.Timings.Activation),
		cluster.WithClusterContextProducer(func(*cluster.Cluster) cluster.Context { return l.Context() }),
	)
	settings.GossipInterval = 24 * time.Hour // it is not started; should anybody do so, it does nothing
	return &Cluster{
		System: system, Cluster: cluster.New(system, settings),
		provider: p, lookup: l, links: links,
	}, nil
}

// open does what protoactor's StartMember does, without its second of sleep,
// its gossip and its publish/subscribe.
func (c *Cluster) open(ctx context.Context) error {
	if err := c.listen(); err != nil {
		return err
	}
	c.Cluster.IdentityLookup = c.lookup
	if err := c.provider.StartMember(c.Cluster); err != nil {
		return err
	}
	c.lookup.Setup(c.Cluster, c.provider.config.kindNames(), false)
	c.changes = c.System.EventStream.Subscribe(func(event any) {
		if _, ok := event.(ViewChanged); ok {
			c.lookup.Changed()
		}
	})
	if err := c.provider.join(ctx); err != nil {
		return err
	}
	c.provider.keepJoining()
	return nil
}

// listen opens the actor port.
func (c *Cluster) listen() (err error) {
	if c.Cluster.Remote, err = c.links.Open(); err != nil {
		return problem.Wrap(err, problem.Unavailable, "Node %q cannot open its actor port %s", c.provider.config.Name, c.provider.config.ActorAddr)
	}
	return nil
}

// View returns who is in the cluster now. It is never nil.
func (c *Cluster) View() *View { return c.provider.view.Load() }

// Rivalry returns why no client should come to this node, if so: another one has its
// name, and is who is meant by it; see rule 5 of this package. It is [problem.Unavailable].
func (c *Cluster) Rivalry() error { return c.provider.rivalry(time.Now()) }

// SetStore tells the others the id of the store of users, when it has become known or
// was changed. It must not be called by several goroutines at a time, nor after Leave.
func (c *Cluster) SetStore(id string) error { return c.provider.setStore(id) }

// Panics returns how many malformed or foreign calls on the actor port were survived.
func (c *Cluster) Panics() uint64 { return c.links.Panics() }

// Leave tells the others that this node goes, and waits until they know, so
// that they send it nothing more. Grains move to the others. It is idempotent;
// the node still answers until Shutdown.
func (c *Cluster) Leave(ctx context.Context) error {
	c.leaving.Do(func() { c.left = c.provider.leave(ctx) })
	return c.left
}

// Shutdown leaves, unless that was done, and closes everything. It is
// idempotent. When ctx ends it hurries, and closes everything nevertheless.
func (c *Cluster) Shutdown(ctx context.Context) error {
	c.closing.Do(func() {
		left := c.Leave(ctx)
		c.stopGrains()
		c.closed = errors.Join(left, c.close())
	})
	return c.closed
}

// crash closes everything without a word to the others.
func (c *Cluster) crash() {
	c.closing.Do(func() {
		c.closed = c.close()
		c.stopGrains()
	})
}

// stopGrains stops the grains of this node, and waits for them.
func (c *Cluster) stopGrains() {
	c.System.EventStream.Unsubscribe(c.changes)
	c.lookup.Shutdown()
}

// close ends the network.
func (c *Cluster) close() error {
	err := c.provider.Shutdown(false)
	c.links.Close()
	c.System.Shutdown()
	return err
}
