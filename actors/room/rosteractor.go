package room

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/protos"
)

// rosterActor is the actor that a roster runs in.
type rosterActor struct{ *roster }

// Open starts the roster of a room, which the directory knows until leave is called. It is no
// child of whoever opens it: protoactor would keep it reachable after its end, and with it all
// rosters of a flood of rooms.
func (h *Home) Open(root *actor.RootContext, room string) (roster *actor.PID, leave func()) {
	h.running.Add(1)
	props := actor.PropsFromProducer(func() actor.Actor { return &rosterActor{newRoster(h, room)} }, h.Tracer.Props("roster", room)...)
	roster, leave, _ = h.Directory.Enter(directory.RosterKind, room, actor.Unbounded(), func(mailbox actor.PropsOption) (*actor.PID, error) {
		return root.Spawn(props.Configure(mailbox)), nil
	})
	return roster, leave
}

// Receive handles one message. If that panics, the sockets of the roster join a
// new one; everything else goes on.
func (a *rosterActor) Receive(ctx actor.Context) {
	defer a.home.Metrics.HeldRoster.Since(time.Now())
	defer func() {
		if reason := recover(); reason != nil {
			a.home.Metrics.Failures.Panicked(a.home.Log, directory.RosterKind, a.room, reason, "room", a.room)
			a.fail()
		}
	}()
	if a.failed {
		a.handBack(ctx)
		return
	}
	a.span = a.home.Tracer.Handling(ctx)
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
	defer a.home.running.Done()
	a.roster.stop()
}

// show is the roster as operators are shown it.
func (a *rosterActor) show() *protos.RosterState {
	s := a.state()
	if self, ok := a.home.Directory.Find(directory.RosterKind, a.room); ok {
		s.Mailbox = int64(self.Waiting())
	}
	return s
}

// handBack gives up what was under way to a failed roster. A join goes back to the
// socket, since only that knows whether it is still in the room.
func (a *rosterActor) handBack(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case *Query, *protos.RollCall, *protos.AskRoster:
		ctx.Forward(a.home.Door)
	case *Join:
		msg.Seat.socket.Tell(Unseated{Seat: msg.Seat, Greeting: msg.Greeting})
	case *Leave:
		msg.Answer()
	case *Speech:
		msg.giveUp(justFailed())
	case *Emission:
		msg.Done(0, false)
	case *Clearance:
		msg.Done(0, false)
	case *actor.Stopped:
		a.stop()
	}
}
