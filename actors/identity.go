package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos/pubsub"
)

// askUsers asks for all users whose changes concern rosters. Node → Identity.
type askUsers struct{}

// identityActor hands the changes of users to the rosters concerned: those whose
// room the user is in, on this node or elsewhere.
type identityActor struct {
	interested map[string]map[string]*actor.PID // by user, then by the roster's id
	held       *metrics.Held
}

func newIdentityActor(held *metrics.Held) *identityActor {
	return &identityActor{interested: make(map[string]map[string]*actor.PID), held: held}
}

// Receive handles one message.
func (a *identityActor) Receive(ctx actor.Context) {
	defer a.held.Since(time.Now())
	switch msg := ctx.Message().(type) {
	case room.Interest:
		a.interest(msg)
	case askUsers:
		users := make([]string, 0, len(a.interested))
		for user := range a.interested {
			users = append(users, user)
		}
		ctx.Respond(users)
	case room.UserChanged:
		for _, roster := range a.interested[msg.User] {
			ctx.Send(roster, msg)
		}
	case room.UsersAnew:
		a.tellAll(ctx, msg)
	}
}

// tellAll tells every roster that a user concerns, once.
func (a *identityActor) tellAll(ctx actor.Context, msg any) {
	told := make(map[string]bool)
	for _, rosters := range a.interested {
		for id, roster := range rosters {
			if !told[id] {
				told[id] = true
				ctx.Send(roster, msg)
			}
		}
	}
}

func (a *identityActor) interest(msg room.Interest) {
	rosters := a.interested[msg.User]
	switch {
	case !msg.On:
		delete(rosters, msg.Roster.GetId())
		if len(rosters) == 0 {
			delete(a.interested, msg.User)
		}
	case rosters == nil:
		a.interested[msg.User] = map[string]*actor.PID{msg.Roster.GetId(): msg.Roster}
	default:
		rosters[msg.Roster.GetId()] = msg.Roster
	}
}

// identityEvents passes what the subscription delivers to the actors.
type identityEvents struct{ node *Node }

var _ identity.Handler = identityEvents{}

// Changed is called for each change of a user, in order.
func (e identityEvents) Changed(c identity.Change) {
	if c.At > 0 {
		e.node.metrics.Lag.Observe(time.Since(time.UnixMilli(c.At)))
	}
	span := e.node.tracer.Admit(c.Trace, "identity", "", "Change")
	if e.node.heard(c) {
		e.node.system.Root.Send(e.node.identity, span.Carry(room.UserChanged{User: c.User, Version: c.Version}, nil))
	}
	span.End()
}

// Emptied is called when the user store begins anew. Rosters hear of it by the way of
// the changes that follow: one of these that came first would be told by the versions of
// before, and so to nobody.
func (e identityEvents) Emptied() {
	e.node.config.Users.Anew()
	e.node.system.Root.Send(e.node.identity, room.UsersAnew{})
	select {
	case e.node.emptied <- struct{}{}:
	default: // that is to be done already
	}
}

// Missed is called when changes after a moment are not to be had any more.
func (e identityEvents) Missed(since time.Time) {
	select {
	case earlier := <-e.node.missed: // which nobody has seen to yet
		since = earlier
	default:
	}
	e.node.missed <- since
}

// Relayed is called for each identity-change event of a client on any node. The events
// of clients here have been told already.
func (e identityEvents) Relayed(r pubsub.Relay) {
	if r.Incarnation == e.node.system.ID {
		return
	}
	span := e.node.tracer.Admit(r.Trace, "identity", "", "Relay")
	e.node.system.Root.Send(e.node.pid, span.Carry(relayMessage(r), nil))
	span.End()
}

// Probed is called for each probe of a node, this one too.
func (e identityEvents) Probed(b pubsub.Beacon) {
	if b.Incarnation != "" && b.Incarnation != e.node.system.ID {
		e.node.system.Root.Send(e.node.pid, probed(b))
	}
}

// Beacon returns what probes tell of this node.
func (e identityEvents) Beacon() pubsub.Beacon {
	return pubsub.Beacon{Node: e.node.name, Incarnation: e.node.system.ID, Relays: e.node.relays.last()}
}
