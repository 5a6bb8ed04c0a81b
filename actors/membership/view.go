package membership

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"

	"github.com/rollcall/rollcall/actors/membership/placement"
)

// LostFor is how long a failed member is named as lost: in a split its sockets
// may still live where nobody here can see them. It is also how long a node names
// whom it should have met at its start, and how long it remembers who is gone.
const LostFor = 10 * time.Minute

// Member is one node as its observer knows it.
type Member struct {
	Name     string // stable over restarts, unique in the cluster
	System   string // id of its actor system: one incarnation of its process
	Address  string // host:port of its actors
	HTTP     string // host:port of its own HTTP port, for addressing one node; may be ""
	Gossip   string // ip:port of its memberlist
	Kinds    []string
	Protocol Protocol
	Store    string    // id of the store of its users; "" as long as it does not know it
	Started  time.Time // when its process started, by its own clock, in milliseconds

	// Generation counts how often this observer has seen the name leave. It is
	// not agreed on: two nodes may know one member under two generations.
	Generation uint64

	// Since is when this observer saw it come, for this stay. It is not agreed on, either.
	Since time.Time
}

// ID names one uninterrupted stay of one process. It changes when the process
// is restarted and when the observer has seen it leave in between.
func (m Member) ID() string { return fmt.Sprintf("%s#%d", m.System, m.Generation) }

// Door is the fixed name of the actor of each node that others write to, so that they
// need nothing but a member's address to reach it.
const Door = "node"

// FrontDoor returns the address of that actor of the member.
func (m Member) FrontDoor() *actor.PID { return actor.NewPID(m.Address, Door) }

// Lost is a member that was evicted as failed and is not back yet; or whoever may be
// at an address to join where nobody has answered since this node started: it may be
// on one side of a split, or its name could not be resolved.
type Lost struct {
	Name  string // of one that was never met: the address to join; of one whose name another has: name@address
	Since time.Time
}

// Gone is who was a member and is none any more: it left, or was evicted as failed.
type Gone struct {
	Member Member // as it was known last
	Since  time.Time
}

// View is who is in the cluster, as seen by one node at one moment. It is
// immutable and shared: treat its slices as read-only.
type View struct {
	Serial  uint64   // grows by one with each view of this node, from 1
	Self    Member   // this node, also while it is leaving
	Members []Member // live, sorted by name; with Self until it leaves
	Lost    []Lost   // sorted by name; see LostNow
	Gone    []Gone   // sorted by name; see GoneNow

	nodes      *placement.Nodes // the members, for placing grains
	superseded chan struct{}    // closed once a newer view is there to be read
}

func newView(serial uint64, self Member, members []Member, lost []Lost, gone []Gone) *View {
	slices.SortFunc(members, func(a, b Member) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(lost, func(a, b Lost) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(gone, func(a, b Gone) int { return cmp.Compare(a.Member.Name, b.Member.Name) })
	nodes, superseded := make([]placement.Node, len(members)), make(chan struct{})
	for i, m := range members {
		nodes[i] = placement.Node{Name: m.Name, ID: m.ID(), Address: m.Address, Kinds: m.Kinds}
	}
	return &View{
		Serial: serial, Self: self, Members: members, Lost: lost, Gone: gone,
		nodes: placement.NewNodes(self.Name, nodes, superseded), superseded: superseded,
	}
}

// OwnerOf returns the live member that owns a grain of a kind; false if none has the
// kind.
func (v *View) OwnerOf(kind, name string) (Member, bool) {
	owner, _ := v.nodes.Owner(kind, name)
	return v.ByName(owner.Name)
}

// ByName returns the live member of that name.
func (v *View) ByName(name string) (Member, bool) {
	i, ok := slices.BinarySearchFunc(v.Members, name, func(m Member, name string) int {
		return strings.Compare(m.Name, name)
	})
	if !ok {
		return Member{}, false
	}
	return v.Members[i], true
}

// ByAddress returns the live member whose actors have that host:port.
func (v *View) ByAddress(address string) (Member, bool) {
	return v.first(func(m Member) bool { return m.Address == address })
}

// BySystem returns the live member with that actor system id.
func (v *View) BySystem(system string) (Member, bool) {
	return v.first(func(m Member) bool { return m.System == system })
}

// Holds reports whether the same stay of the same process is still live.
func (v *View) Holds(m Member) bool {
	now, ok := v.ByName(m.Name)
	return ok && now.System == m.System && now.Generation == m.Generation
}

// Others returns the live members without Self.
func (v *View) Others() []Member {
	return slices.DeleteFunc(slices.Clone(v.Members), func(m Member) bool { return m.Name == v.Self.Name })
}

// Astray returns the live members that know another store than this node: what users are
// called there, and who exists, is something else. Whoever does not know his is not among
// them.
func (v *View) Astray() []Member {
	return slices.DeleteFunc(v.Others(), func(m Member) bool { return !differ(m.Store, v.Self.Store) })
}

// differ reports whether two stores are known, and are not the same.
func differ(a, b string) bool { return a != "" && b != "" && a != b }

// knows reports whether a node of that name is a member, or was and is lost.
func (v *View) knows(name string) bool {
	_, live := v.ByName(name)
	return live || v.lists(name)
}

// LostNow returns who is lost at that moment, and has been for less than ten minutes.
func (v *View) LostNow(now time.Time) []Lost {
	return slices.DeleteFunc(slices.Clone(v.Lost), func(l Lost) bool { return now.Sub(l.Since) >= LostFor })
}

// GoneNow returns who is gone at that moment, and has been for less than ten minutes.
func (v *View) GoneNow(now time.Time) []Gone {
	return slices.DeleteFunc(slices.Clone(v.Gone), func(g Gone) bool { return now.Sub(g.Since) >= LostFor })
}

func (v *View) first(is func(Member) bool) (Member, bool) {
	if i := slices.IndexFunc(v.Members, is); i >= 0 {
		return v.Members[i], true
	}
	return Member{}, false
}

// ViewOf returns who is in the cluster now, for an actor that knows nothing but
// its protoactor cluster: a grain.
func ViewOf(c *cluster.Cluster) *View { return c.Config.ClusterProvider.(*provider).view.Load() }
