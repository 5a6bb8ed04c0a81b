package room

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/eventstream"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
)

const (
	// roomIdle is how long the grain of an empty room stays, so that a room which
	// people leave and enter keeps its epoch.
	roomIdle = 30 * time.Second

	// mostEmpty is how many such grains a node keeps for so long. More stay only for
	// a moment, shortIdle, in which a page may reload: else who goes through rooms
	// that nobody else is in would leave hundreds of thousands behind.
	mostEmpty = 4096
	shortIdle = time.Second
)

// NewKind returns the kind of the room grains, for [membership.Config]. The
// tracer may be nil.
func NewKind(tracer *trace.Tracer) *cluster.Kind {
	name := func(ctx actor.ReceiverContext) string { return cluster.GetClusterIdentity(ctx).GetIdentity() }
	empty := new(emptyRooms)
	return protos.NewRoomKind(func() protos.Room { return &grain{empties: empty} }, 0, tracer.PropsOf("room", name)...)
}

// grain is the one of a room: where its events go, and their numbers.
type grain struct {
	name    string
	epoch   uint64
	seq     uint64
	routes  routes
	serial  uint64    // of the view that the routes follow
	since   time.Time // it was activated
	changes *eventstream.Subscription

	empties *emptyRooms // of the node
	empty   bool        // it is one of them
}

// emptyRooms counts the grains of a node whose rooms nobody is in.
type emptyRooms struct{ count atomic.Int64 }

// enter counts one more, and returns how long it is to stay.
func (e *emptyRooms) enter() time.Duration {
	if e.count.Add(1) > mostEmpty {
		return shortIdle
	}
	return roomIdle
}

func (e *emptyRooms) leave() { e.count.Add(-1) }

// Init is called when the grain is activated. It knows nothing of the room yet,
// so it asks every node.
func (g *grain) Init(ctx cluster.GrainContext) {
	g.name, g.since = ctx.Identity(), time.Now()
	g.epoch = rand.Uint64N(1<<53-1) + 1 // JavaScript reads it as a number
	g.routes = routes{}
	root, self := ctx.ActorSystem().Root, ctx.Self()
	g.changes = ctx.ActorSystem().EventStream.Subscribe(func(event any) {
		if changed, ok := event.(membership.ViewChanged); ok {
			root.Send(self, changed)
		}
	})
	g.follow(ctx, membership.ViewOf(ctx.Cluster()))
}

// Terminate is called when the grain has stopped.
func (g *grain) Terminate(ctx cluster.GrainContext) {
	ctx.ActorSystem().EventStream.Unsubscribe(g.changes)
	if g.empty {
		g.empties.leave()
	}
}

// Register notes whether a node has a roster of the room.
func (g *grain) Register(req *protos.Registration, ctx cluster.GrainContext) (*protos.Received, error) {
	g.registered(ctx, req.GetNode(), req.GetIncarnation(), req.GetHasRoster())
	return &protos.Received{}, nil
}

// Number gives the changes their numbers, and forwards them to every node that has a roster
// of the room, or may have one.
func (g *grain) Number(req *protos.RosterChanges, ctx cluster.GrainContext) (*protos.Received, error) {
	events := &protos.RoomEvents{
		Room: g.name, Node: req.GetNode(), Incarnation: req.GetIncarnation(),
		Epoch: g.epoch, FirstSeq: g.seq + 1, Changes: req.GetChanges(),
	}
	g.seq += uint64(len(req.GetChanges()))
	g.registered(ctx, req.GetNode(), req.GetIncarnation(), req.GetHasRoster())
	for _, route := range g.routes {
		if route.hasRoster != no || route.member.Name == req.GetNode() {
			ctx.Send(route.member.FrontDoor(), events)
		}
	}
	return &protos.Received{}, nil
}

// ReceiveDefault handles what is not a call.
func (g *grain) ReceiveDefault(ctx cluster.GrainContext) {
	switch msg := ctx.Message().(type) {
	case membership.ViewChanged:
		g.follow(ctx, msg.New)
	case *protos.Registration:
		g.registered(ctx, msg.GetNode(), msg.GetIncarnation(), msg.GetHasRoster())
	case LookAt:
		ctx.Send(msg.Asker, g.state(membership.ViewOf(ctx.Cluster()).Self.Name))
	}
}

func (g *grain) registered(ctx cluster.GrainContext, node, incarnation string, hasRoster bool) {
	g.routes.registered(node, incarnation, hasRoster)
	switch empty := g.routes.empty(); {
	case empty == g.empty:
	case empty:
		g.empty = true
		ctx.SetReceiveTimeout(g.empties.enter()) // the generated code then stops the grain
	default:
		g.empty = false
		g.empties.leave()
		ctx.CancelReceiveTimeout()
	}
}

// follow takes a new view in, and asks the nodes that it brought.
func (g *grain) follow(ctx cluster.GrainContext, view *membership.View) {
	if view.Serial <= g.serial {
		return // it was on its way when the grain started, with a newer one
	}
	g.serial = view.Serial
	for _, m := range g.routes.follow(view) {
		ctx.Request(m.FrontDoor(), &protos.WhoHasRoster{Room: g.name})
	}
}
