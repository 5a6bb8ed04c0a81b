package membership

import (
	"log/slog"
	"net"
	"net/netip"
	"slices"

	"github.com/asynkron/protoactor-go/cluster"
	"github.com/hashicorp/memberlist"

	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/protos/problem"
)

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

// spoken is the protocol between nodes that this program speaks: since 2 the ids of users
// are text, since 3 a room's grain answers no more than that it was reached.
func spoken() Protocol { return Protocol{Speaks: 3, Oldest: 3} }

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
