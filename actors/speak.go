package actors

import (
	"encoding/json"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/problem"
)

// speech is a message from a socket to the others in a room. Socket → its Roster.
type speech struct {
	seat        *seat
	args        []json.RawMessage
	attachments [][]byte
	size        int                        // bytes of both
	ack         func(failure error) *Frame // nil: the sender wants no answer
	window      <-chan struct{}            // holds one for each speech that no roster has taken
	span        *trace.Span                // until it is answered; nil without a trace
}

type (
	confirmDue  struct{ number uint64 } // Roster → itself: a sender has waited for long enough
	passagesDue struct{}                // Roster → itself: some messages may never be heard of
)

// speak passes a message on to the other sockets of the room, here and on every
// other live node. It goes past the room grain: it has no number, and is sent once.
func (r *roster) speak(msg *speech) {
	if r.seats.get(msg.seat.Socket) != msg.seat {
		msg.answer(r.node, notInRoom(r.room))
		return
	}
	r.node.metrics.Messages.Add(1)
	wire := msg.message()
	others := r.view.Others()
	if len(others) == 0 {
		r.spread(wire)
		msg.answer(r.node, nil)
		return
	}
	var answer func(error)
	if msg.ack != nil {
		answer = func(failure error) {
			msg.end(failure)
			r.push(msg.seat, msg.ack(failure))
		}
	}
	passage, err := r.passages.add(time.Now(), msg.size, others, answer)
	if err != nil {
		msg.answer(r.node, err)
		return
	}
	<-msg.window
	if answer != nil {
		passage.timer = r.after(r.node.config.RollDeadline, confirmDue{passage.number})
	}
	if r.passages.expiry == nil {
		r.passages.expiry = r.after(passageLife, passagesDue{})
	}
	r.spread(wire)
	wire.Number, wire.Confirm = passage.number, passage.confirm
	var sender *actor.PID
	if wire.Confirm {
		sender = r.self
	}
	for _, m := range others {
		r.node.system.Root.Send(frontDoor(m), r.span.Carry(wire, sender))
	}
	if answer == nil {
		msg.end(nil)
	}
}

// hear takes a message from another node's roster.
func (r *roster) hear(ctx actor.Context, msg *protos.RoomMessage) {
	r.spread(msg)
	r.node.confirm(ctx, msg)
}

// spread appends a message to the outbox of every greeted socket but its sender.
func (r *roster) spread(msg *protos.RoomMessage) {
	r.span.Set("sockets", len(r.seats.list))
	r.deliverPacket(newMessageEvent(msg, len(r.seats.list) > 2), msg.GetIdSocket())
}

// passagesDue forgets the messages that nothing was heard of for too long.
func (r *roster) passagesDue() {
	r.passages.expire(time.Now())
	r.passages.expiry = nil
	if len(r.passages.under) > 0 {
		r.passages.expiry = r.after(passageLife, passagesDue{})
	}
}

// confirm tells the sending roster that a message was handed to its listeners here.
func (n *Node) confirm(ctx actor.Context, msg *protos.RoomMessage) {
	if msg.GetConfirm() {
		ctx.Respond(&protos.MessageTaken{Node: n.name, Incarnation: n.system.ID, Number: msg.GetNumber()})
	}
}

// message returns the speech as other nodes get it.
func (m *speech) message() *protos.RoomMessage {
	return &protos.RoomMessage{
		Room: m.seat.room, IdSocket: m.seat.Socket, IdUser: m.seat.User, Args: rawOf(m.args), Attachments: m.attachments,
	}
}

// answer makes room for the next speech, and tells the sender how this one went.
func (m *speech) answer(n *Node, failure error) {
	<-m.window
	m.end(failure)
	if m.ack != nil {
		n.push(m.seat, m.ack(failure))
	}
}

// end ends the trace of the speech.
func (m *speech) end(failure error) {
	m.span.Fail(failure)
	m.span.End()
}

func notInRoom(room string) error {
	return problem.New(problem.NotFound, "You are not in the room %s: join it first", clip(room)).Named(problem.NotInRoom)
}
