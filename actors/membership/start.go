package membership

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/eventstream"
	"github.com/hashicorp/memberlist"

	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/membership/placement"
	"github.com/rollcall/rollcall/actors/membership/remoting"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/protos/problem"
)

// spoken is the protocol between nodes that this program speaks: 2 has text for
// the ids of users.
func spoken() Protocol { return Protocol{Speaks: 2, Oldest: 2} }

// Config says which node this is and how it finds the others.
type Config struct {
	Cluster    string // only nodes that name the same cluster join each other
	Name       string // unique in the cluster, stable over restarts
	ActorAddr  string // host:port to bind; port 0 takes a free one
	GossipAddr string // the same for memberlist, over UDP and TCP
	Advertise  Advertise
	HTTPAddr   string           // told to the others; may be ""
	Store      string           // id of the store of users, told to the others; "" if it is not known yet, see [Cluster.SetStore]
	Join       []string         // host:port of nodes, any of which may be this one or not be there yet; a name is resolved anew at each try
	Keys       *clusterkey.Ring // what all nodes share; nil for plain text
	Insecure   bool             // without keys, take addresses that others may reach
	Kinds      []*cluster.Kind
	Packages   []string     // of protobuf, whose messages this node's actors take from other nodes
	Doors      []string     // names of the actors that other nodes write to, with their children
	Logger     *slog.Logger // nil for silence
	Timings    Timings

	Sent      *metrics.Peers       // counts the messages to other nodes, by the address of their actors; nil for nobody to read
	Directory *directory.Directory // lists the grains of this node; nil for nobody to read

	protocol  Protocol
	resolve   resolver
	transport func(*memberlist.Config) (memberlist.NodeAwareTransport, error) // of tests; nil for memberlist's own
}

// Advertise says where other nodes reach this one, if that is not where it binds: behind
// NAT, or a port that a container publishes. Whoever binds to all addresses has to say
// so. Each is a host:port; "" for where it binds.
type Advertise struct {
	Actor  string // the host may be a name
	Gossip string // a name is resolved once, at the start
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Logger = c.Logger.With("node", c.Name)
	if c.resolve == nil {
		c.resolve = resolveHost
	}
	if c.protocol == (Protocol{}) {
		c.protocol = spoken()
	}
	if c.Sent == nil {
		c.Sent = new(metrics.Peers)
	}
	if c.Directory == nil {
		c.Directory = new(directory.Directory)
	}
	c.Timings = c.Timings.withDefaults()
	return c
}

func (c Config) check() error {
	if c.Name == "" || c.Cluster == "" {
		return problem.New(problem.Invalid, "A node needs a name and the name of its cluster")
	}
	if err := CheckName(c.Name); err != nil {
		return err
	}
	if err := checkPlace(c.ActorAddr, c.Advertise.Actor); err != nil {
		return err
	}
	if err := checkPlace(c.GossipAddr, c.Advertise.Gossip); err != nil {
		return err
	}
	if a := c.exposed(); a != "" && !c.Insecure {
		return problem.New(problem.Invalid,
			"Whoever reaches %s could take part in the cluster: make up what users see, end its rooms and read all that nodes say. "+
				"Give all nodes a shared key, or say that nobody else is on that network", a)
	}
	return checkJoin(c.Join)
}

// checkPlace looks at an address to bind, and at that which is advertised instead.
func checkPlace(bind, advertised string) error {
	host, _, err := splitAddress(bind)
	if err != nil {
		return err
	}
	if advertised != "" {
		var port int
		if host, port, err = splitAddress(advertised); err != nil {
			return err
		}
		if port == 0 {
			return problem.New(problem.Invalid, "%q is advertised without a port by which other nodes could reach this one", advertised)
		}
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		return problem.New(problem.Invalid, "%q does not say under which address other nodes reach this one: advertise one, or bind to it instead of to all",
			cmp.Or(advertised, bind))
	}
	return nil
}

// exposed returns an address that others may reach while nothing keeps them out, "" if
// there is none.
func (c Config) exposed() string {
	if c.Keys != nil {
		return ""
	}
	for _, a := range []string{c.ActorAddr, c.Advertise.Actor, c.GossipAddr, c.Advertise.Gossip} {
		host, _, _ := net.SplitHostPort(a)
		ip, err := netip.ParseAddr(host)
		if a != "" && host != "localhost" && (err != nil || !ip.Unmap().IsLoopback()) {
			return a
		}
	}
	return ""
}

func (c Config) kindNames() []string {
	names := make([]string, len(c.Kinds))
	for i, k := range c.Kinds {
		names[i] = k.Kind
	}
	slices.Sort(names)
	return names
}

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
