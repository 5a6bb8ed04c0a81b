package actors

import (
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/eventstream"
	"github.com/asynkron/protoactor-go/remote"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/idle"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos"
)

// nodeActor is the front door of a node: it finds or starts the roster of a room,
// passes on what comes from other nodes, and tells its rosters what happens in
// the cluster.
type nodeActor struct {
	node     *Node
	rosters  map[string]*rosterRef
	idle     *idle.List[string] // rooms whose rosters nobody needs at the moment
	ending   *time.Timer        // of those that are idle; nil while none is
	relaying relaying
	events   *eventstream.Subscription
}

// idleDue says that the longest idle roster has been so for long enough. Node → itself,
// by timer.
type idleDue struct{}

// rosterRef is a running roster.
type rosterRef struct {
	pid   *actor.PID
	sent  uint64 // joins and queries: while some are not handled it is not ended
	leave func() // the directory
}

func newNodeActor(node *Node) *nodeActor {
	return &nodeActor{
		node: node, rosters: make(map[string]*rosterRef),
		idle: idle.New[string](node.config.idleRosters, node.config.rosterIdle),
	}
}

// Receive handles one message.
func (a *nodeActor) Receive(ctx actor.Context) {
	defer a.node.metrics.HeldNode.Since(time.Now())
	switch msg := ctx.Message().(type) {
	case *actor.Started:
		a.start(ctx)
	case *actor.Stopping:
		ctx.ActorSystem().EventStream.Unsubscribe(a.events)
		a.relaying.stop()
		a.stopRosters(ctx)
	case *actor.Stopped:
		close(a.node.ended)

	case *room.Join:
		a.idle.Take(msg.Seat.Room)
		a.hand(ctx, msg.Seat.Room)
	case *room.Query:
		a.idle.Touch(msg.Room, time.Now())
		a.hand(ctx, msg.Room)
	case *room.Leave:
		if !a.pass(ctx, msg.Seat.Room) {
			msg.Answer()
		}
	case *room.Speech:
		if !a.pass(ctx, msg.Seat.Room) {
			msg.Answer(room.NotIn(msg.Seat.Room))
		}
	case room.Resting:
		a.resting(ctx, msg)
	case idleDue:
		a.ending = nil
		a.endIdle(ctx)
	case room.Failed:
		if ref := a.rosters[msg.Room]; ref != nil && ref.pid.Equal(msg.Roster) {
			a.drop(msg.Room, ref)
		}
		ctx.Poison(msg.Roster) // after what it was passed meanwhile, and hands back

	case *protos.RollCall:
		if !a.pass(ctx, msg.GetRoom()) {
			ctx.Respond(a.nobody(msg))
		}
	case *protos.RoomEvents:
		a.pass(ctx, msg.GetRoom())
	case *protos.RoomMessage:
		if !a.pass(ctx, msg.GetRoom()) {
			a.confirm(ctx, msg) // nobody is here to hear it
		}
	case *protos.WhoHasRoster:
		if !a.pass(ctx, msg.GetRoom()) {
			ctx.Respond(&protos.Registration{Node: a.node.name, Incarnation: a.node.system.ID})
		}
	case *protos.Hello:
		_, known := a.node.membership.View().BySystem(msg.GetIncarnation())
		ctx.Respond(&protos.Welcome{Known: known, Relays: a.node.relays.last()})
	case *protos.Announce:
		a.tellAll(ctx, room.Register{})
	case *protos.AskTraces:
		ctx.Respond(a.node.respondent.Traces(msg))
	case *protos.AskSpans:
		ctx.Respond(a.node.respondent.Spans(msg))
	case *protos.UserChanged:
		a.node.metrics.Direct.Add(1)
		if a.node.heard(identity.Change{User: msg.GetIdUser(), Version: msg.GetVersion(), Removed: msg.GetRemoved(), Revoked: msg.GetRevoked()}) {
			ctx.Send(a.node.identity, room.UserChanged{User: msg.GetIdUser(), Version: msg.GetVersion()})
		}

	case *protos.Relay:
		a.relayed(ctx, msg)
	case *protos.RelayMark:
		a.mark(msg)
	case *protos.AskRelays:
		a.askRelays(ctx, msg)
	case *protos.Relays:
		a.relays(ctx, msg)
	case *protos.NotHeard:
		a.node.relays.stray(msg.GetIncarnation())
	case probed:
		a.probed(msg)
	case welcomed:
		a.relaying.origins.Welcomed(msg.incarnation, msg.last)
	case introduced:
		a.relaying.introduced(msg.view)
	case relayTick:
		a.relayTick(ctx)

	case *protos.LinkMark:
		ctx.Request(ctx.Sender(), &protos.LinkPassed{Number: msg.GetNumber()})
	case *protos.LinkPassed:
		a.node.sockets.Passed(ctx.Sender().GetAddress(), msg.GetNumber())

	case *protos.AskReport:
		a.respondLater(ctx, func() any { return a.node.respondent.Report(msg) })
	case *protos.AskActors:
		a.respondLater(ctx, func() any { return a.node.respondent.Actors(msg) })
	case *protos.AskRoster:
		if !a.pass(ctx, msg.GetRoom()) {
			ctx.Respond(&protos.RosterState{Node: a.node.name, Incarnation: a.node.system.ID})
		}
	case *protos.AskGrain:
		a.askGrain(ctx, msg)

	case *protos.AskRooms:
		a.respondLater(ctx, func() any { return a.node.roomsHere(msg) })
	case *protos.AskPresence:
		a.respondLater(ctx, func() any { return a.node.presenceHere(msg) })
	case *protos.AskSockets:
		a.respondLater(ctx, func() any { return a.node.socketsHere(msg) })
	case *protos.Emit:
		a.emit(ctx, msg)
	case *protos.Close:
		a.close(ctx, msg)
	case *protos.Remove:
		a.remove(ctx, msg)

	case membership.ViewChanged:
		a.viewChanged(ctx, msg)
	case membership.Thawed:
		a.node.log.Warn("this node stood still", "gap", msg.Gap)
		a.tellAll(ctx, room.Register{})
	case room.LinkLost:
		a.tellAll(ctx, msg)
	}
}

func (a *nodeActor) start(ctx actor.Context) {
	root, self := ctx.ActorSystem().Root, ctx.Self()
	a.events = ctx.ActorSystem().EventStream.Subscribe(func(event any) {
		switch event := event.(type) {
		case membership.ViewChanged, membership.Thawed:
			root.Send(self, event)
		case *remote.EndpointTerminatedEvent:
			root.Send(self, room.LinkLost{Address: event.Address})
		}
	})
	a.met(ctx, a.node.View(), nil)
	a.relaying.start(root, self)
}

// hand gives the message to the roster of a room, which is started if need be.
func (a *nodeActor) hand(ctx actor.Context, room string) {
	ref := a.rosters[room]
	if ref == nil {
		ref = a.open(ctx, room)
	}
	ref.sent++
	a.forward(ctx, ref.pid)
}

// open starts the roster of a room.
func (a *nodeActor) open(ctx actor.Context, room string) *rosterRef {
	room = strings.Clone(room) // it may be a piece of a whole request
	pid, leave := a.node.home.Open(ctx.ActorSystem().Root, room)
	ref := &rosterRef{pid: pid, leave: leave}
	a.rosters[room] = ref
	return ref
}

// drop takes a roster out: nothing more is passed to it.
func (a *nodeActor) drop(room string, ref *rosterRef) {
	delete(a.rosters, room)
	a.idle.Take(room)
	ref.leave()
}

// stopRosters stops all rosters, as this actor ends. [Node.Stop] waits for them.
func (a *nodeActor) stopRosters(ctx actor.Context) {
	if a.ending != nil {
		a.ending.Stop()
	}
	for room, ref := range a.rosters {
		a.drop(room, ref)
		ctx.Stop(ref.pid)
	}
}

// pass gives the message to the roster of a room, if there is one.
func (a *nodeActor) pass(ctx actor.Context, room string) bool {
	ref := a.rosters[room]
	if ref == nil {
		return false
	}
	a.forward(ctx, ref.pid)
	return true
}

// forward passes a message on as it is. A trace shows it where it is handled.
func (a *nodeActor) forward(ctx actor.Context, to *actor.PID) {
	a.node.tracer.Handling(ctx).Discard()
	ctx.Forward(to)
}

func (a *nodeActor) tellAll(ctx actor.Context, msg any) {
	for _, ref := range a.rosters {
		ctx.Send(ref.pid, msg)
	}
}

// resting takes note of a roster that has nothing to do, unless more was sent to it
// meanwhile.
func (a *nodeActor) resting(ctx actor.Context, msg room.Resting) {
	ref := a.rosters[msg.Room]
	switch {
	case ref == nil || !ref.pid.Equal(msg.Roster):
	case msg.Stays:
		a.idle.Put(msg.Room, time.Now())
		a.endIdle(ctx)
	case ref.sent == msg.Handled:
		a.end(ctx, msg.Room)
	}
}

// endIdle lets rosters end that have been idle for too long, or are too many.
func (a *nodeActor) endIdle(ctx actor.Context) {
	now := time.Now()
	for _, name := range a.idle.Due(now) {
		ctx.Send(a.rosters[name].pid, room.MayEnd{})
	}
	if next, any := a.idle.Next(now); any && a.ending == nil {
		root, self := ctx.ActorSystem().Root, ctx.Self()
		a.ending = time.AfterFunc(next, func() { root.Send(self, idleDue{}) })
	}
}

// end ends the roster of a room.
func (a *nodeActor) end(ctx actor.Context, room string) {
	ref := a.rosters[room]
	a.drop(room, ref)
	ctx.Poison(ref.pid) // after what it was passed already
}

// confirm tells the sending roster that nobody here is left to hear a message.
func (a *nodeActor) confirm(ctx actor.Context, msg *protos.RoomMessage) {
	if msg.GetConfirm() {
		ctx.Respond(a.node.home.Taking(msg))
	}
}

// nobody is the answer to a roll call for a room without a roster here. Its
// version is newer than any that a roster of the room has had.
func (a *nodeActor) nobody(msg *protos.RollCall) *protos.RollReply {
	return &protos.RollReply{
		Call: msg.GetCall(), Node: a.node.name, Incarnation: a.node.system.ID, Version: a.node.drawVersion(),
	}
}

// viewChanged tells the rosters, and asks the members that appeared to announce
// theirs: a node that was frozen may not know that it was away.
func (a *nodeActor) viewChanged(ctx actor.Context, msg membership.ViewChanged) {
	a.node.home.Breakers.Keep(msg.New)
	a.tellAll(ctx, msg)
	a.met(ctx, msg.New, msg.Joined())
	for _, m := range msg.Joined() {
		if m.Name != a.node.name {
			ctx.Send(m.FrontDoor(), &protos.Announce{})
		}
	}
}
