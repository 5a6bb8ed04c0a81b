package room

import (
	"time"

	"github.com/rollcall/rollcall/protos/problem"
)

// wake is called with the first socket: from now on the roster follows its room.
func (r *roster) wake() {
	r.awake, r.enrolled, r.staying = true, false, false
	r.home.Metrics.Rooms.Add(1)
	for user := range r.audience.counts {
		r.tellInterest(user, true)
	}
	r.recent = recentIDs{} // nobody here was told of anybody
	for _, m := range r.mirrors {
		m.rest()
	}
	r.mend()
}

// sleep is called with the last socket, and when the roster ends.
func (r *roster) sleep() {
	if r.awake {
		r.home.Metrics.Rooms.Add(-1)
	}
	r.count(-r.counted) // who is left over, as it ends
	for user := range r.audience.counts {
		r.tellInterest(user, false)
	}
	r.awake = false
}

// count has so many more sockets, or fewer, counted in the room.
func (r *roster) count(sockets int) {
	r.counted += sockets
	r.home.Census.add(r.room, sockets)
}

// tellInterest tells the identity actor whether changes of user concern this room.
func (r *roster) tellInterest(user string, on bool) {
	if r.awake {
		r.home.Send(r.home.Identity, Interest{User: user, Roster: r.self, On: on})
	}
}

// rest tells the node when there is nothing left to do: a room that nobody is in costs
// no actor once it was answered. One that stays says so once, and not after each answer.
func (r *roster) rest(stays func() bool) {
	if r.staying || r.rested == r.handled || r.awake || !r.pending.idle() || r.gathering.busy() || len(r.unsaid) > 0 {
		return
	}
	r.staying = stays()
	if !r.staying {
		r.rested = r.handled
	}
	r.home.Send(r.home.Door, Resting{Room: r.room, Roster: r.self, Handled: r.handled, Stays: r.staying})
}

// knows reports whether the roster can answer the next question more cheaply than a new
// one: of nodes where somebody is in the room, nodes need only say that nothing changed.
// The answer that was awaited in vain may still come, and says that its node is well.
func (r *roster) knows() bool {
	if r.woke > 0 || r.gathering.lacking {
		return true
	}
	for _, m := range r.mirrors {
		if len(m.entries) > 0 {
			return true
		}
	}
	return false
}

// fail gives up this roster: its state may be broken, its sockets are not.
func (r *roster) fail() {
	if r.failed {
		return
	}
	r.failed = true
	r.home.Send(r.home.Door, Failed{Room: r.room, Roster: r.self}) // first: the sockets must find a new roster
	for _, st := range r.seats.list {
		st.socket.Tell(Unseated{Seat: st})
	}
	for _, w := range r.gathering.everyone() {
		if time.Since(w.arrived) < r.home.RollDeadline { // what fails again does not go round for ever
			r.home.Send(r.home.Door, &Query{Room: r.room, waiter: w})
		}
	}
	r.endSpeech(justFailed())
	r.sleep()
}

func justFailed() error {
	return problem.New(problem.Unavailable, "The room was just being set up again: try once more")
}
