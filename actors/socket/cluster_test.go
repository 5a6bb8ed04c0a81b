package socket

import (
	"log/slog"
	"slices"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/membership/membershiptest"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/protos"
)

// door is the name of the actor of a node that answers marks.
const door = "node"

// fixture is a cluster of real nodes that have sockets and nothing else.
type fixture struct {
	*membershiptest.Cluster
	t *testing.T
}

func newFixture(t *testing.T) *fixture { return &fixture{membershiptest.New(t), t} }

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
	m := f.Join(membership.Config{Packages: []string{"rollcall"}, Doors: []string{door, Door}})
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
func (n *testNode) crash() { membershiptest.Vanish(n.membership) }
