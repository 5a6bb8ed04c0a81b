package actors

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/asynkron/protoactor-go/cluster"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/membership/membershiptest"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/trace"
)

// fixture is a cluster of real nodes on one SQLite file, without Redis.
type fixture struct {
	*membershiptest.Cluster
	t     *testing.T
	path  string // of the database file
	users *identity.Store
	trace func(node string) *trace.Tracer
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, path: filepath.Join(t.TempDir(), "users.db")}
	f.users = f.store()
	actorstest.Must(t, f.users.Migrator().Reset(t.Context()))
	f.Cluster = membershiptest.New(t)
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

// start starts a node.
func (f *fixture) start(change ...func(*Config)) *testNode {
	f.t.Helper()
	var tracer *trace.Tracer
	if f.trace != nil {
		tracer = f.trace(f.Next())
	}
	config := Config{
		Metrics: new(metrics.Metrics), Directory: new(directory.Directory), Tracer: tracer,
		Users: f.users, Logger: slog.New(slog.DiscardHandler), RollDeadline: actorstest.Patience, joinPatience: actorstest.Patience / 2,
	}
	config.Membership = f.Join(membership.Config{
		Packages: Packages(), Doors: Doors(), Kinds: []*cluster.Kind{room.NewKind(tracer)},
		Sent: &config.Metrics.Sent, Directory: config.Directory,
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
func (n *testNode) crash() { membershiptest.Vanish(n.membership) }
