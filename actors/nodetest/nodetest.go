// Package nodetest starts real nodes for the tests of what is built upon them.
package nodetest

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/asynkron/protoactor-go/cluster"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/trace"
)

// Alone starts node-1, a cluster of its own that stops when the test ends, with a user
// store that holds the first users. rate is the part of its traces that is sampled.
func Alone(t testing.TB, rate float64) (*actors.Node, *identity.Store) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	users, err := identity.Open(t.Context(), filepath.Join(t.TempDir(), "users.db"), log)
	actorstest.Must(t, err)
	t.Cleanup(func() { actorstest.Must(t, users.Close()) })
	actorstest.Must(t, users.Migrator().Reset(t.Context()))
	tracer := trace.New(trace.Config{Node: "node-1", Rate: rate})
	counts, listed := new(metrics.Metrics), new(directory.Directory)
	members, err := membership.Start(t.Context(), membership.Config{
		Cluster: "test", Name: "node-1", ActorAddr: "127.0.0.1:0", GossipAddr: "127.0.0.1:0",
		Kinds: []*cluster.Kind{room.NewKind(tracer)}, Packages: actors.Packages(), Doors: actors.Doors(),
		Sent: &counts.Sent, Directory: listed,
	})
	actorstest.Must(t, err)
	t.Cleanup(func() { actorstest.Must(t, members.Shutdown(context.Background())) })
	node, err := actors.Start(actors.Config{
		Membership: members, Users: users, Tracer: tracer, Version: "v1", Logger: log,
		Metrics: counts, Directory: listed,
	})
	actorstest.Must(t, err)
	t.Cleanup(func() { actorstest.Must(t, node.Stop(context.Background())) })
	return node, users
}
