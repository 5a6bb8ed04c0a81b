package membership

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"
)

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
	f := newFixture(t)
	var alive atomic.Int64
	config := f.config("node-1")
	config.Kinds = append(config.Kinds, cluster.NewKind("Heavy", actor.PropsFromProducer(func() actor.Actor {
		return &heavy{weight: make([]byte, weight), alive: &alive}
	})))
	c := f.start(config)
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
	eventually(t, "the grains to end", func() bool { return alive.Load() == 0 })
	eventually(t, "the memory to be back", func() bool { return heap() < before+grains*weight/4 })

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
	f := newFixture(t)
	down, early := make(chan struct{}), make(chan bool, 1)
	config := f.config("node-1")
	config.Kinds = append(config.Kinds, cluster.NewKind("Slow", actor.PropsFromFunc(func(ctx actor.Context) {
		if _, stopping := ctx.Message().(*actor.Stopping); stopping {
			select {
			case <-down:
				early <- true
			case <-time.After(100 * time.Millisecond):
				early <- false
			}
		}
	})))
	c := f.start(config)
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
