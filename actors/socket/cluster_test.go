package socket

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/protos"
)

// door is the name of the actor of a node that answers marks.
const door = "node"

// fixture is a cluster in this process: real nodes over loopback that have sockets and
// nothing else.
type fixture struct {
	t       *testing.T
	members []*membership.Cluster
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t}
	t.Cleanup(f.end)
	return f
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
func (f *fixture) join() *membership.Cluster {
	f.t.Helper()
	config := membership.Config{
		Cluster: "test", Name: fmt.Sprintf("node-%d", len(f.members)+1),
		ActorAddr: "127.0.0.1:0", GossipAddr: "127.0.0.1:0",
		Packages: []string{"rollcall"}, Doors: []string{door, Door},
		Timings: membership.Timings{LeaveWait: time.Millisecond, Gossip: 10 * time.Millisecond},
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

// testNode is the sockets of a node under test, and does for them what a node does: it
// finds the others, answers marks, and hears of members that are gone.
type testNode struct {
	t          *testing.T
	name       string
	membership *membership.Cluster
	system     *actor.ActorSystem
	pid        *actor.PID // behind the door
	metrics    *metrics.Metrics
	sockets    *Sockets
}

// start starts a node.
func (f *fixture) start() *testNode {
	f.t.Helper()
	m := f.join()
	n := &testNode{t: f.t, name: m.View().Self.Name, membership: m, system: m.System, metrics: new(metrics.Metrics)}
	n.sockets = NewSockets(Config{
		System: n.system, Node: n.name, Log: slog.New(slog.DiscardHandler),
		Directory: n.addressOf, Mark: n.mark, Metrics: n.metrics,
	})
	f.t.Cleanup(n.sockets.Close)
	pid, err := n.system.Root.SpawnNamed(actor.PropsFromFunc(n.receive), door)
	actorstest.Must(f.t, err)
	n.pid = pid
	events := n.system.EventStream.Subscribe(n.watch)
	f.t.Cleanup(func() { n.system.EventStream.Unsubscribe(events) })
	return n
}

// nodes starts several.
func (f *fixture) nodes(count int) []*testNode {
	f.t.Helper()
	nodes := make([]*testNode, count)
	for i := range nodes {
		nodes[i] = f.start()
	}
	return nodes
}

func (n *testNode) addressOf(node string) (address string, ok bool) {
	m, ok := n.membership.View().ByName(node)
	return m.Address, ok
}

func (n *testNode) mark(address string, number uint64) {
	n.system.Root.RequestWithCustomSender(actor.NewPID(address, door), &protos.LinkMark{Number: number}, n.pid)
}

func (n *testNode) receive(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case *protos.LinkMark:
		ctx.Request(ctx.Sender(), &protos.LinkPassed{Number: msg.GetNumber()})
	case *protos.LinkPassed:
		n.sockets.Passed(ctx.Sender().GetAddress(), msg.GetNumber())
	}
}

func (n *testNode) watch(event any) {
	if event, ok := event.(membership.ViewChanged); ok {
		for _, m := range slices.Concat(event.Left(), event.Failed()) {
			n.sockets.Cut(m.Address)
		}
	}
}

// Sockets returns the sockets of the node.
func (n *testNode) Sockets() *Sockets { return n.sockets }

// Panics returns how many sockets have failed on a message.
func (n *testNode) Panics() uint64 { return n.metrics.Failures.Total() }

// crash ends all that the others could see of the node.
func (n *testNode) crash() { vanish(n.membership) }
