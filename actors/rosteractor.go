package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/protos"
)

// rosterActor is the actor that a roster runs in.
type rosterActor struct {
	*roster
	node *Node
}

// rosterProps returns what the roster of a room is started with.
func (a *nodeActor) rosterProps(room string) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor { return &rosterActor{newRoster(a.home, room), a.node} },
		a.node.tracer.Props("roster", room)...)
}

// Receive handles one message. If that panics, the sockets of the roster join a
// new one; everything else goes on.
func (a *rosterActor) Receive(ctx actor.Context) {
	defer a.node.metrics.HeldRoster.Since(time.Now())
	defer func() {
		if reason := recover(); reason != nil {
			a.node.metrics.Failures.Panicked(a.node.log, directory.RosterKind, a.room, reason, "room", a.room)
			a.fail()
		}
	}()
	if a.failed {
		a.handBack(ctx)
		return
	}
	a.span = a.node.tracer.Handling(ctx)
	switch msg := ctx.Message().(type) {
	case *actor.Started:
		a.start(ctx.Self())
	case *actor.Stopped:
		a.stop()
	case *protos.AskRoster:
		ctx.Respond(a.show())
	default:
		a.handle(msg, ctx.Sender())
	}
}

func (a *rosterActor) stop() {
	defer a.node.rosters.Done()
	a.roster.stop()
}

// show is the roster as operators are shown it.
func (a *rosterActor) show() *protos.RosterState {
	s := a.state()
	if self, ok := a.node.directory.Find(directory.RosterKind, a.room); ok {
		s.Mailbox = int64(self.Waiting())
	}
	return s
}

// handBack gives up what was under way to a failed roster. A join goes back to the
// socket, since only that knows whether it is still in the room.
func (a *rosterActor) handBack(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case *query, *protos.RollCall, *protos.AskRoster:
		ctx.Forward(a.home.door)
	case *join:
		msg.seat.socket.Tell(unseated{seat: msg.seat, greeting: msg.greeting})
	case *leave:
		msg.answer()
	case *speech:
		msg.giveUp(justFailed())
	case *actor.Stopped:
		a.stop()
	}
}
