package actors

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/cluster"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/trace"
)

// fixture is a cluster in this process: real nodes over loopback, on one SQLite
// file and without Redis.
type fixture struct {
	t       *testing.T
	path    string // of the database file
	users   *identity.Store
	members []*membership.Cluster
	leave   time.Duration // how long a goodbye takes
	trace   func(node string) *trace.Tracer
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, path: filepath.Join(t.TempDir(), "users.db"), leave: time.Millisecond}
	f.users = f.store()
	actorstest.Must(t, f.users.Migrator().Reset(t.Context()))
	t.Cleanup(f.end)
	return f
}

// store opens the user store once more, as another process would.
func (f *fixture) store() *identity.Store {
	f.t.Helper()
	store, err := identity.Open(f.t.Context(), f.path, slog.New(slog.DiscardHandler))
	actorstest.Must(f.t, err)
	f.t.Cleanup(func() { actorstest.Must(f.t, store.Close()) })
	return store
}

// end ends all members at once, without goodbyes, which take their time.
func (f *fixture) end() {
	var ending sync.WaitGroup
	for _, m := range f.members {
		ending.Go(func() {
			vanish(m)
			if err := m.Shutdown(context.Background()); err != nil {
				f.t.Error(err)
			}
		})
	}
	ending.Wait()
}

// vanish ends all that others could see of a member, as a crash does.
func vanish(m *membership.Cluster) {
	m.Cluster.Remote.Shutdown(false)
	_ = m.Cluster.Config.ClusterProvider.Shutdown(false)
	defer func() { _ = recover() }() // memberlist's way to say that it is too late for a goodbye
	over, cancel := context.WithCancel(context.Background())
	cancel() // nobody hears the goodbye, so there is nothing to wait for
	_ = m.Leave(over)
}

// join starts a member that every other one sees.
func (f *fixture) join(change ...func(*membership.Config)) *membership.Cluster {
	f.t.Helper()
	config := membership.Config{
		Cluster: "test", Name: fmt.Sprintf("node-%d", len(f.members)+1),
		ActorAddr: "127.0.0.1:0", GossipAddr: "127.0.0.1:0",
		Packages: Packages(), Doors: Doors(),
		Timings: membership.Timings{LeaveWait: f.leave, Gossip: 10 * time.Millisecond},
	}
	for _, with := range change {
		with(&config)
	}
	for _, m := range f.members {
		config.Join = append(config.Join, m.View().Self.Gossip)
	}
	c, err := membership.Start(f.t.Context(), config)
	actorstest.Must(f.t, err)
	f.members = append(f.members, c)
	for _, m := range f.members {
		actorstest.Eventually(f.t, "all to see each other", func() bool { return len(m.View().Members) == len(f.members) })
	}
	return c
}

// start starts a node.
func (f *fixture) start(change ...func(*Config)) *testNode {
	f.t.Helper()
	var tracer *trace.Tracer
	if f.trace != nil {
		tracer = f.trace(fmt.Sprintf("node-%d", len(f.members)+1))
	}
	config := Config{
		Metrics: new(metrics.Metrics), Directory: new(directory.Directory), Tracer: tracer,
		Users: f.users, Logger: slog.New(slog.DiscardHandler), RollDeadline: actorstest.Patience, joinPatience: actorstest.Patience / 2,
	}
	config.Membership = f.join(func(c *membership.Config) {
		c.Kinds = []*cluster.Kind{room.NewKind(tracer)}
		c.Sent, c.Directory = &config.Metrics.Sent, config.Directory
	})
	for _, with := range change {
		with(&config)
	}
	n, err := Start(config)
	actorstest.Must(f.t, err)
	node := &testNode{Node: n, t: f.t}
	f.t.Cleanup(node.halt)
	return node
}

// nodes starts several.
func (f *fixture) nodes(count int, change ...func(*Config)) []*testNode {
	f.t.Helper()
	nodes := make([]*testNode, count)
	for i := range nodes {
		nodes[i] = f.start(change...)
	}
	return nodes
}

// testNode is a node under test.
type testNode struct {
	*Node
	t *testing.T
}

// Panics returns how many actors have failed on a message since the start.
func (n *testNode) Panics() uint64 { return n.metrics.Failures.Total() }

func (n *testNode) halt() {
	ctx, cancel := context.WithTimeout(context.Background(), actorstest.Patience)
	defer cancel()
	if err := n.Stop(ctx); err != nil {
		n.t.Errorf("stop %s: %v", n.name, err)
	}
}

// unplug ends the node's links to other nodes, while it goes on to gossip.
func (n *testNode) unplug() { n.membership.Cluster.Remote.Shutdown(false) }

// crash ends all that the others could see of the node.
func (n *testNode) crash() { vanish(n.membership) }
