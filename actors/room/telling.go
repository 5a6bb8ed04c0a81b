package room

import "github.com/rollcall/rollcall/actors/outbox"

// Turn is how many sockets a roster tells something, before it looks what else there
// is to do: about half a millisecond of work.
const Turn = 1024

// goOn tells a roster to go on telling its sockets. Roster → itself: behind what came
// meanwhile, so that no roll call waits for what clients say.
type goOn struct{}

// tellOn tells the sockets what there is, for the rest of the roster's turn.
func (r *roster) tellOn() {
	for r.credit > 0 {
		d := r.deliveries.next()
		if d == nil {
			return
		}
		used, all := r.deliver(d, r.credit)
		if r.credit -= used; all {
			r.deliveries.done(d)
			r.delivered(d)
		}
	}
	if !r.telling && !r.deliveries.empty() {
		r.telling = true
		r.home.Send(r.self, goOn{})
	}
}

// goOn begins a new turn.
func (r *roster) goOn() {
	r.telling, r.credit = false, Turn
}

// deliver tells at most so many sockets. It reports how much of the turn that took, and
// whether all were told.
func (r *roster) deliver(d *delivery, most int) (used int, all bool) {
	if d.to != nil {
		r.push(d.to, d.greeting(d.at))
		return 1, true
	}
	next := 0
	if d.past != "" {
		i, there := r.seats.find(d.past)
		if next = i; there {
			next++
		}
	}
	list := r.seats.list[next:]
	if len(list) > most {
		list = list[:most]
	}
	for _, st := range list {
		switch {
		case d.clearance != nil:
			r.sendAway(d, st)
		case d.isFor(st):
			r.hand(d, st)
		}
	}
	if len(list) > 0 {
		d.past = list[len(list)-1].Socket
	}
	return 1 + len(list), next+len(list) == len(r.seats.list)
}

func (r *roster) hand(d *delivery, st *Seat) {
	if d.packet == nil {
		r.push(st, d.frame)
		return
	}
	if st.socket.PushMessage(r.room, d.packet.frames(st.wire)) {
		d.sockets++
	} else {
		r.push(st, d.instead)
	}
}

// delivered is called when all were told.
func (r *roster) delivered(d *delivery) {
	switch {
	case d.greets != nil:
		if st := r.seats.get(d.greets.GetIdSocket()); st != nil && st.joined == d.greets.GetVersion() {
			r.greet(st, d.at)
		}
	case d.emission != nil:
		d.emission.Done(d.sockets, true)
	case d.clearance != nil:
		d.clearance.Done(d.sockets, true)
	case d.speech != nil:
		d.speech.spread()
	case d.asker != nil:
		r.home.Send(d.asker, d.taken)
	}
}

// tellEach tells every greeted socket but one.
func (r *roster) tellEach(f *outbox.Frame, except string) {
	r.deliveries.add(&delivery{frame: r.sharing(f), except: except})
}

// sharing returns the frame, which goes to all.
func (r *roster) sharing(f *outbox.Frame) *outbox.Frame {
	f.Shared = len(r.seats.list) > 2
	return f
}
