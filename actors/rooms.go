package actors

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// DefaultMaxRooms is how many rooms a socket may be in at a time.
const DefaultMaxRooms = 32

// DefaultMaxIdentityChange is how many bytes an identity-change event may have: it says
// that somebody has changed, and is passed on in every room of its sender.
const DefaultMaxIdentityChange = 8 << 10

// enter seats the socket in a room. The greeting follows once it is seen there:
// not before its own event has come back from the room's grain, or was given up.
func (a *attendee) enter(s *socket.Socket, name string, hello room.Greeting) {
	st := a.seatIn(name)
	if st == nil {
		st = room.NewSeat(room.Entry{Socket: a.id, User: a.user, Since: time.Now().UnixMilli()}, name, s, s.Version())
		st.Sees(a.rights(name).Have(access.List))
		a.seats.take(st)
	}
	span := a.trace("join", a.id, name)
	greeting := func(at room.Position) *outbox.Frame {
		span.End()
		return hello(at)
	}
	a.node.system.Root.Send(a.node.pid, span.Carry(&room.Join{Seat: st, Greeting: greeting}, nil))
}

// trace begins the trace of something that the client does; the span is nil if
// tracing is off.
func (a *attendee) trace(kind, id, room string) *trace.Span {
	span := a.node.tracer.Start(trace.Context{}, kind, "socket", id, kind)
	span.About(room, a.user, id)
	return span
}

// seatIn returns the socket's seat in a room, or nil if it is not there.
func (a *attendee) seatIn(name string) *room.Seat {
	if i := slices.IndexFunc(a.seats.list, func(st *room.Seat) bool { return st.Room == name }); i >= 0 {
		return a.seats.list[i]
	}
	return nil
}

// join takes the event join: a further room.
func (a *attendee) join(s *socket.Socket, e session.Event) error {
	name, err := roomNamed(e)
	if err != nil {
		return err
	}
	if err := a.needs(access.Join, name); err != nil {
		return err
	}
	if most := a.node.config.MaxRooms; len(a.seats.list) >= most && a.seatIn(name) == nil {
		return problem.New(problem.Unavailable, "A socket can be in %d rooms at a time: leave one first", most).Named(problem.TooManyRooms)
	}
	s.Charge(quota.Moves, 1) // before others are asked, and also if it is here already
	enter := func() {
		a.enter(s, name, func(at room.Position) *outbox.Frame { return socket.AckFrame(e, room.JoinAnswer(name, at)) })
	}
	if a.node.config.MaxPerRoom == 0 || a.seatIn(name) != nil {
		enter()
		return nil
	}
	s.Await(func() error { return a.node.hasPlace(name) }, func(err error) {
		if err != nil {
			s.Refuse(e, err)
			return
		}
		enter()
	})
	return nil
}

// hasPlace returns an error if the room is full, in the whole cluster. Who joins at
// the same moment elsewhere is not counted, so there may be a few too many.
func (n *Node) hasPlace(room string) error {
	most := n.config.MaxPerRoom
	if most == 0 {
		return nil
	}
	roll, err := n.CallRoll(context.Background(), room)
	if err != nil {
		return err
	}
	if roll.Sockets() >= most {
		return problem.New(problem.Unavailable, "The room %s is full: it has %d sockets", problem.Clip(room), roll.Sockets()).Named(problem.RoomFull)
	}
	return nil
}

// leave takes the event leave: any room, that of the handshake too.
func (a *attendee) leave(s *socket.Socket, e session.Event) error {
	name, err := roomNamed(e)
	if err != nil {
		return err
	}
	st := a.seatIn(name)
	if st == nil {
		return problem.New(problem.NotFound, "You are not in the room %s", problem.Clip(name)).Named(problem.NotInRoom)
	}
	s.Charge(quota.Moves, 1)
	a.seats.drop(st)
	a.giveUp(&room.Leave{Seat: st, Farewell: socket.AckFrame(e, room.LeaveAnswer(name))})
	return nil
}

// leaveAll gives every seat up, without a word.
func (a *attendee) leaveAll() {
	for _, st := range a.seats.clear() {
		a.giveUp(&room.Leave{Seat: st, Gone: true})
	}
}

func (a *attendee) giveUp(msg *room.Leave) {
	span := a.trace("leave", msg.Seat.Socket, msg.Seat.Room)
	a.node.system.Root.Send(a.node.pid, span.Carry(msg, nil))
	span.End()
}

// unseated joins a room anew whose roster failed, if the socket is in it still.
func (a *attendee) unseated(msg room.Unseated) {
	if a.seats.has(msg.Seat) {
		a.node.system.Root.Send(a.node.pid, &room.Join{Seat: msg.Seat, Greeting: msg.Greeting})
	}
}

// roomNamed returns the room that the first argument of an event names: "Maths",
// or {"room":"Maths"}.
func roomNamed(e session.Event) (string, error) {
	if name, ok := textAt(e, 0); ok {
		return room.ParseName(name)
	}
	if len(e.Args) > 0 {
		var object map[string]json.RawMessage // a struct would take {"ROOM": "…"} too
		if json.Unmarshal(e.Args[0], &object) == nil {
			if name, ok := socketio.ParseString(object["room"]); ok {
				return room.ParseName(name)
			}
		}
	}
	return "", badArguments(`%s takes the name of a room, such as "Maths"`, e.Name)
}
