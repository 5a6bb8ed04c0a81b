package room

import (
	"encoding/json"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/problem"
)

// SpeechPatience is how long a message may wait until it can be sent to the other
// nodes; its socket may be paused for as long. They count as having taken what they have
// not heard of for passageLife, so only a room that says more than that lets through for
// long gets there.
const SpeechPatience = socket.LongestPause

// Speech is a message from a socket to the others in a room. Socket → its Roster.
type Speech struct {
	Seat        *Seat
	Args        []json.RawMessage
	Attachments [][]byte
	Size        int                               // bytes of both
	Ack         func(failure error) *outbox.Frame // nil: the sender wants no answer
	Window      *Window                           // holds it until it was dealt with
	Span        *trace.Span                       // until it is answered; nil without a trace
	since       time.Time                         // when it came to the roster, if it had to wait there

	awaited int // this node and the others, as far as they have not told it to all
}

type (
	confirmDue  struct{ number uint64 } // Roster → itself: a sender has waited for long enough
	passagesDue struct{}                // Roster → itself: some messages may never be heard of
	sayMore     struct{}                // Roster → itself: other rosters have less under way
	unsaidDue   struct{}                // Roster → itself: a message has waited for long enough
)

// speak passes a message on to the other sockets of the room, here and on every
// other live node. It goes past the room grain: it has no number, and is sent once.
// If too much is under way already, it waits until less is.
func (r *roster) speak(msg *Speech) {
	if r.seats.get(msg.Seat.Socket) != msg.Seat {
		msg.Answer(NotIn(r.room))
		return
	}
	if len(r.unsaid) == 0 && r.say(msg) {
		return
	}
	msg.since = time.Now()
	r.unsaid = append(r.unsaid, msg)
	if r.unsaidTimer == nil {
		r.unsaidTimer = r.after(r.home.SpeechPatience, unsaidDue{})
	}
}

// sayMore says what waits, as far as it can be sent by now.
func (r *roster) sayMore() {
	for len(r.unsaid) > 0 && r.say(r.unsaid[0]) {
		r.unsaid[0] = nil
		r.unsaid = r.unsaid[1:]
	}
	if len(r.unsaid) == 0 {
		r.unsaid = nil
	}
}

// unsaidDue gives up what has waited for too long.
func (r *roster) unsaidDue() {
	now, patience := time.Now(), r.home.SpeechPatience
	for len(r.unsaid) > 0 && now.Sub(r.unsaid[0].since) >= patience {
		r.unsaid[0].giveUp(tooMuch())
		r.unsaid[0] = nil
		r.unsaid = r.unsaid[1:]
	}
	r.unsaidTimer = nil
	if len(r.unsaid) > 0 {
		r.unsaidTimer = r.after(patience-now.Sub(r.unsaid[0].since), unsaidDue{})
	}
}

// say sends a message, or reports false if too much is under way. Then sayMore is
// called when that may have changed.
func (r *roster) say(msg *Speech) bool {
	others := r.view.Others()
	var passage *passage
	msg.awaited = 1
	if len(others) > 0 {
		var answer func(error)
		if msg.Ack != nil {
			msg.awaited = 2
			answer = msg.heard
		}
		if passage = r.passages.add(time.Now(), msg.Size+passageOverhead, others, answer, r.retry); passage == nil {
			return false
		}
	}
	r.home.Metrics.Messages.Add(1)
	r.bill(msg.Seat, 1, msg.Size)
	wire := msg.message()
	r.spread(&delivery{speech: msg}, wire)
	if passage == nil {
		return true
	}
	if msg.Ack != nil {
		passage.timer = r.after(r.home.RollDeadline, confirmDue{passage.number})
	}
	if r.passages.expiry == nil {
		r.passages.expiry = r.after(passageLife, passagesDue{})
	}
	wire.Number, wire.Confirm = passage.number, passage.confirm
	var sender *actor.PID
	if wire.Confirm {
		sender = r.self
	}
	for _, m := range others {
		r.home.Send(m.FrontDoor(), r.span.Carry(wire, sender))
	}
	return true
}

// retry has the roster try again to say what waits. It is called on any goroutine.
func (r *roster) retry() { r.home.Send(r.self, sayMore{}) }

// hear takes a message from another node's roster.
func (r *roster) hear(msg *protos.RoomMessage, sender *actor.PID) {
	d := &delivery{}
	if msg.GetConfirm() {
		d.taken, d.asker = r.span.Carry(r.home.Taking(msg), nil), sender
	}
	r.spread(d, msg)
}

// spread tells a message to every greeted socket but its sender.
func (r *roster) spread(d *delivery, msg *protos.RoomMessage) {
	r.span.Set("sockets", len(r.seats.list))
	d.packet = newMessageEvent(msg, len(r.seats.list) > 2)
	d.sender, d.except = msg.GetIdSocket(), msg.GetIdSocket()
	r.deliveries.add(d)
}

// passagesDue forgets the messages that nothing was heard of for too long.
func (r *roster) passagesDue() {
	r.passages.expire(time.Now())
	r.passages.expiry = nil
	if len(r.passages.under) > 0 {
		r.passages.expiry = r.after(passageLife, passagesDue{})
	}
	r.sayMore()
}

// endSpeech gives up all that is under way or waits to be. It may be called again.
func (r *roster) endSpeech(failure error) {
	r.passages.end()
	if r.unsaidTimer != nil {
		r.unsaidTimer.Stop()
	}
	for _, msg := range r.unsaid {
		msg.giveUp(failure)
	}
	r.unsaid = nil
	for _, d := range r.deliveries.clear() {
		switch {
		case d.speech != nil:
			d.speech.lose(failure)
		case d.emission != nil:
			d.emission.Done(d.sockets, false)
		case d.clearance != nil:
			d.clearance.Done(d.sockets, false)
		}
	}
}

// spread says that all here were told.
func (m *Speech) spread() {
	m.Window.took(m.Size)
	m.heard(nil)
}

// heard says that this node or the others have told it to all, or that some others did
// not say so: then its sender waits no longer.
func (m *Speech) heard(failure error) {
	if m.awaited == 0 {
		return
	}
	if m.awaited--; m.awaited > 0 && failure == nil {
		return
	}
	m.awaited = 0
	m.end(failure)
	if m.Ack != nil {
		m.Seat.socket.Push(m.Ack(failure))
	}
}

// lose says that some here may not have been told, since the roster ended.
func (m *Speech) lose(failure error) {
	m.Window.took(m.Size)
	m.heard(failure)
}

// message returns the speech as other nodes get it.
func (m *Speech) message() *protos.RoomMessage {
	return &protos.RoomMessage{
		Room: m.Seat.Room, IdSocket: m.Seat.Socket, IdUser: m.Seat.User, Args: RawOf(m.Args), Attachments: m.Attachments,
	}
}

// Answer makes room for the next speech, and tells the sender how this one went.
func (m *Speech) Answer(failure error) {
	m.Window.took(m.Size)
	m.end(failure)
	if m.Ack != nil {
		m.Seat.socket.Push(m.Ack(failure))
	}
}

// giveUp is answer for what is no fault of the sender, who hears of it even if it
// wanted no answer: it loses its connection, and connects anew.
func (m *Speech) giveUp(failure error) {
	m.Answer(failure)
	if m.Ack == nil {
		m.Seat.socket.Tell(Unheard{})
	}
}

// end ends the trace of the speech.
func (m *Speech) end(failure error) {
	m.Span.Fail(failure)
	m.Span.End()
}

// NotIn is what whoever says something to a room without being there is told.
func NotIn(room string) error {
	return problem.New(problem.NotFound, "You are not in the room %s: join it first", problem.Clip(room)).Named(problem.NotInRoom)
}
