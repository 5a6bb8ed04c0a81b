package room

import (
	"time"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
)

// JoinPatience is how long a join or leave waits for its number from the room
// grain, before it goes to every live node without one.
const JoinPatience = 300 * time.Millisecond

// changesDue tells a roster that a batch of changes has had JoinPatience to come
// back, or that the grain could not be reached.
type changesDue struct{ batch uint64 }

// registered tells a roster how the grain took its registration. Roster → itself.
type registered struct{ ok bool }

// sendChanges sends the next batch of changes to the room's grain.
func (r *roster) sendChanges() {
	changes := r.pending.next()
	if changes == nil {
		return
	}
	span := r.trail.begin(len(changes))
	batch, self, host := r.pending.batch, r.self, r.home.Host
	if r.patience != nil {
		r.patience.Stop() // of the batch before, which is back
	}
	r.patience = r.after(r.home.JoinPatience, changesDue{batch})
	msg := &protos.RosterChanges{
		Node: r.home.Name, Incarnation: r.home.Incarnation,
		HasRoster: len(r.seats.list) > 0, Changes: changes,
	}
	r.home.Number(r.room, msg, span, func() { host.Send(self, changesDue{batch}) })
}

// changesDue sends what the grain did not number straight to every live node.
func (r *roster) changesDue(batch uint64) {
	changes := r.pending.giveUp(batch)
	if changes == nil {
		return
	}
	r.log.Debug("the room grain was not reached; changes go unnumbered", "changes", len(changes))
	msg := &protos.RoomEvents{
		Room: r.room, Node: r.home.Name, Incarnation: r.home.Incarnation, Changes: changes,
	}
	for _, m := range r.view.Members {
		if m.Name != r.home.Name {
			r.home.Send(m.FrontDoor(), r.trail.span().Carry(msg, nil))
		}
	}
	for _, c := range changes {
		r.tell(r.home.Name, c, Position{})
	}
	r.trail.end(errUnnumbered)
	if r.awake && !r.enrolled {
		r.mendSoon()
	}
	r.sendChanges()
}

// events takes the room's events from the grain, or from a node that did not
// reach the grain.
func (r *roster) events(msg *protos.RoomEvents) {
	r.span.Set("sockets", len(r.seats.list))
	local := msg.GetNode() == r.home.Name
	m := r.mirrors[msg.GetNode()]
	switch {
	case local && msg.GetIncarnation() != r.home.Incarnation:
		return // of this node's earlier life
	case !local && (m == nil || m.incarnation != msg.GetIncarnation()):
		return // of a node that is not live: its sockets were announced as gone, or will be seen by a roll call
	}
	for i, c := range msg.GetChanges() {
		var at Position
		if msg.GetFirstSeq() > 0 {
			at = Position{msg.GetEpoch(), msg.GetFirstSeq() + uint64(i)}
			if !r.numbering.advance(at) {
				at = Position{} // clients are past that number
			}
		}
		news := false
		if local {
			news = r.pending.returned(c)
			if msg.GetFirstSeq() > 0 && c.GetVersion() >= r.woke {
				r.enrol()
			}
		} else {
			news = m.apply(c)
			r.gathering.changes++
		}
		if news {
			r.tell(msg.GetNode(), c, at)
		}
	}
	switch {
	case local:
		if len(r.pending.underway) == 0 {
			r.trail.end(nil)
		}
		r.sendChanges()
	case !r.awake:
	case !m.exact():
		r.mend()
	case m.owes():
		r.settleSoon()
	}
}

// tell passes one join or leave on to the sockets here; the zero position is no
// number. The socket whose own join this is gets its greeting.
func (r *roster) tell(node string, c *protos.RosterChange, at Position) {
	d := &delivery{frame: r.sharing(roomEvent(r.room, node, c, at)), except: c.GetIdSocket()}
	if c.GetKind() == protos.RosterChange_CONNECTED {
		d.greets, d.at = c, r.numbering.now()
	} else {
		d.leaver = c.GetIdSocket()
	}
	r.deliveries.add(d)
}

// tellAll passes on joins and leaves on a node that no event announced.
func (r *roster) tellAll(node string, kind protos.RosterChange_Kind, entries []Entry) {
	for _, e := range entries {
		r.tell(node, changeOf(kind, e, 0, 0, false), Position{})
	}
}

// register reminds the grain of this roster.
func (r *roster) register() {
	if !r.awake {
		return
	}
	r.enrolled = false
	self, host := r.self, r.home.Host
	host.Enrol(r.room, r.registration(), func(err error) { host.Send(self, registered{err == nil}) })
	r.mend()
}

func (r *roster) registered(ok bool) {
	switch {
	case ok:
		r.enrol()
	case r.awake && !r.enrolled:
		r.mendSoon()
	}
}

// enrol notes that the grain knows of this roster. Events that it numbered before
// went elsewhere, maybe after the roll call that was to show what they say.
func (r *roster) enrol() {
	if r.awake && !r.enrolled {
		r.enrolled = true
		r.mend()
	}
}

func (r *roster) registration() *protos.Registration {
	return &protos.Registration{
		Node: r.home.Name, Incarnation: r.home.Incarnation, HasRoster: len(r.seats.list) > 0 || !r.pending.idle(),
	}
}

// linkLost is told when the connection to a node broke: it will not answer the
// roll calls under way, and events from it may be lost. A node that is leaving is
// cut off too: it is no member any more, and forgotten instead (viewChanged).
func (r *roster) linkLost(address string) {
	live := r.home.View()
	gone := func(m membership.Member) bool { return m.Address == address && live.Holds(m) }
	r.lose(gone)
	r.passages.lose(gone)
	r.sayMore()
	if r.awake {
		r.mendSoon()
	}
}
