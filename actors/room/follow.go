package room

import (
	"time"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
)

const (
	// settleEvery is the pace at which a roster looks for what it owes its
	// sockets. An event may be late by one to two of these.
	settleEvery = 250 * time.Millisecond

	// mendPause is how long a roster waits before it calls the roll again, to mend
	// what one roll call could not.
	mendPause = time.Second
)

type (
	settleDue struct{} // Roster → itself, by timer
	mendDue   struct{} // Roster → itself, by timer
)

// viewChanged takes a new view in: the sockets of nodes that are gone are
// announced as gone, and those of nodes that came are looked up.
func (r *roster) viewChanged(view *membership.View) {
	started := r.view == nil
	if !started && view.Serial <= r.view.Serial {
		return // it was on its way when the roster started, with a newer one
	}
	r.view = view
	for name, m := range r.mirrors {
		if member, ok := view.ByName(name); ok && member.ID() == m.member {
			continue
		}
		delete(r.mirrors, name)
		r.gathering.changes++
		r.tellAll(name, protos.RosterChange_DISCONNECTED, m.bury())
	}
	joined := false
	for _, member := range view.Members {
		if member.Name == r.home.Name || r.mirrors[member.Name] != nil {
			continue
		}
		joined = true
		r.mirrors[member.Name] = &mirror{
			member: member.ID(), incarnation: member.System,
			known:  !started, // nobody sat there when it was not a member
			recent: &r.recent, audience: r.audience,
		}
	}
	r.forget(view)
	r.passages.forget(view)
	r.sayMore()
	if joined && r.awake {
		r.mend()
	}
}

// mend calls the roll to learn what events did not tell.
func (r *roster) mend() {
	if r.gathering.busy() {
		r.gathering.again = true // the one under way may have asked too early
		return
	}
	r.call(nil)
}

// mendSoon is mend after a pause, during which more may break.
func (r *roster) mendSoon() {
	if !r.mending {
		r.mending = true
		r.after(mendPause, mendDue{})
	}
}

func (r *roster) mendDue() {
	switch {
	case !r.awake:
	case r.enrolled:
		r.mend()
	default:
		r.register()
	}
}

// caughtUp is called after each roll call: it sees to what is still owed.
func (r *roster) caughtUp() {
	if !r.awake {
		return
	}
	for _, m := range r.mirrors {
		if !m.exact() {
			r.mendSoon()
		}
		if m.owes() {
			r.settleSoon()
		}
	}
}

func (r *roster) settleSoon() {
	if !r.settling {
		r.settling = true
		r.after(settleEvery, settleDue{})
	}
}

// settle tells the sockets here what the room's events should have told them.
func (r *roster) settle() {
	r.settling = false
	for name, m := range r.mirrors {
		connected, disconnected := m.settle()
		r.tellAll(name, protos.RosterChange_CONNECTED, connected)
		r.tellAll(name, protos.RosterChange_DISCONNECTED, disconnected)
	}
	r.caughtUp()
}
