package actors

import (
	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/problem"
)

// message takes the event message: to the others in a room that this socket is in.
// The room's roster acknowledges it.
func (a *attendee) message(s *socket.Socket, e session.Event) error {
	if a.node.config.NoMessages {
		return problem.New(problem.Unavailable, "This server carries no messages: they are switched off").Named(problem.MessagesOff)
	}
	name, ok := textAt(e, 0)
	if !ok {
		return badArguments(`message takes the name of a room first, such as "Maths"`)
	}
	st := a.seatIn(name)
	if st == nil {
		return room.NotIn(name)
	}
	if err := a.needs(access.Write, name); err != nil {
		return err
	}
	size, err := bounded(e, "A message to a room", min(s.Wire().Outbound/2, LongestMessage))
	if err != nil {
		return err
	}
	if a.window == nil {
		a.window = room.NewWindow(func() { s.Do(s.Resume) })
	}
	if a.window.Add(size) {
		s.Pause() // until the rosters have taken enough of what this socket said
	}
	span := a.trace("message", a.id, name)
	msg := &room.Speech{Seat: st, Args: e.Args[1:], Attachments: e.Attachments, Size: size, Window: a.window, Span: span}
	if e.ID.Set {
		msg.Ack = func(failure error) *outbox.Frame { return socket.AckFrame(e, socket.Acknowledgement(failure)) }
	}
	a.node.system.Root.Send(a.node.pid, span.Carry(msg, nil))
	return nil
}

// LongestMessage is how many bytes an event may have that is to go to others, though
// outboxes are larger: other news goes by the same links.
const LongestMessage = 512 << 10

// LongestEvent returns how many bytes an event from a client may have, by its name: a
// little more than one that is not too long, which is judged when it is read. outbound is
// that of the [Wire].
func (n *Node) LongestEvent(event []byte, outbound int) int {
	const more = 4 << 10 // for the name, and what parts up to a thousand arguments
	switch string(event) {
	case "message":
		return min(outbound/2, LongestMessage) + more
	case "identity-change":
		return n.config.MaxIdentityChange + more
	case "join", "leave", "remove":
		return more
	case "token":
		return access.LongestToken + more
	}
	return LongestOther
}

// LongestOther is how many bytes an event may have that this server knows nothing of.
const LongestOther = 64 << 10

// bounded returns the size of an event that is to go to others, or an error if it is
// larger than most.
func bounded(e session.Event, what string, most int) (size int, err error) {
	size = sizeOf(e)
	if size > most {
		return 0, problem.New(problem.Invalid, "%s has at most %d bytes, this one has %d", what, most, size).Named(problem.MessageTooLong)
	}
	return size, nil
}

// sizeOf returns how many bytes the arguments and attachments of an event have.
func sizeOf(e session.Event) int {
	size := 0
	for _, arg := range e.Args {
		size += len(arg)
	}
	for _, attachment := range e.Attachments {
		size += len(attachment)
	}
	return size
}
