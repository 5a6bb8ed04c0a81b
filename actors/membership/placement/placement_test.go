package placement_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/membership"
)

// start starts a node that takes grains of a kind.
func start(t *testing.T, kind *cluster.Kind) *membership.Cluster {
	t.Helper()
	c, err := membership.Start(t.Context(), membership.Config{
		Cluster: "test", Name: "node-1", ActorAddr: "127.0.0.1:0", GossipAddr: "127.0.0.1:0", Kinds: []*cluster.Kind{kind},
	})
	actorstest.Must(t, err)
	t.Cleanup(func() { _ = c.Shutdown(context.Background()) })
	return c
}

// heavy is a grain of some weight.
type heavy struct {
	weight []byte
	alive  *atomic.Int64
}

// Receive counts the grains that live.
func (h *heavy) Receive(ctx actor.Context) {
	switch ctx.Message().(type) {
	case *actor.Started:
		h.weight[0]++
		h.alive.Add(1)
	case *actor.Stopped:
		h.alive.Add(-1)
	}
}

// Grains that have ended leave nothing behind, however many there were at a time.
func TestEndedGrainsAreNoBurden(t *testing.T) {
	const grains, weight = 300, 64 << 10
	var alive atomic.Int64
	c := start(t, cluster.NewKind("Heavy", actor.PropsFromProducer(func() actor.Actor {
		return &heavy{weight: make([]byte, weight), alive: &alive}
	})))
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var all []*actor.PID
	for i := range grains {
		pid := c.Cluster.Get(fmt.Sprint(i), "Heavy")
		if pid == nil {
			t.Fatalf("grain %d was not started", i)
		}
		all = append(all, pid)
	}
	for _, pid := range all {
		c.System.Root.Poison(pid)
	}
	actorstest.Eventually(t, "the grains to end", func() bool { return alive.Load() == 0 })
	actorstest.Eventually(t, "the memory to be back", func() bool { return heap() < before+grains*weight/4 })

	// Who ends takes the grains along that run.
	if c.Cluster.Get("last", "Heavy") == nil {
		t.Fatal("no grain is started any more")
	}
	if err := c.Shutdown(t.Context()); err != nil || alive.Load() != 0 {
		t.Errorf("%d grains outlive their node (%v)", alive.Load(), err)
	}
}

// A node that leaves releases its grains first. It is not down before they are,
// though one takes its time.
func TestShutdownWaitsForReleasedGrains(t *testing.T) {
	down, early := make(chan struct{}), make(chan bool, 1)
	c := start(t, cluster.NewKind("Slow", actor.PropsFromFunc(func(ctx actor.Context) {
		if _, stopping := ctx.Message().(*actor.Stopping); stopping {
			select {
			case <-down:
				early <- true
			case <-time.After(100 * time.Millisecond):
				early <- false
			}
		}
	})))
	if c.Cluster.Get("one", "Slow") == nil {
		t.Fatal("the grain was not started")
	}
	if err := c.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(down)
	if <-early {
		t.Error("the node was down before its grain")
	}
}
