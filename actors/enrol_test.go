package actors

import (
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// A socket that joined elsewhere after the roll call of a roster that woke, and
// before the room's grain knew of that roster, is known here all the same.
func TestWhoJoinedBeforeTheGrainKnewOfARosterIsSeen(t *testing.T) {
	f := newFixture(t)
	n := f.start(longDeadline)
	p := f.puppet(true)
	n.grain("Maths")
	c := n.connects("Maths", "1")
	actorstest.Eventually(t, "the roll call of a roster that woke", func() bool { return p.asked() == 1 })
	p.answers(0, 0)
	actorstest.Eventually(t, "one more, now that the grain knows the roster", func() bool { return p.asked() == 2 })
	missed := entriesOf(1)[0]
	p.has(2, missed)
	p.answers(1, 1)
	c.hears(`42["socket-connected","` + missed.Socket)

	vanish(p.Cluster)
	c.hears(`42["socket-disconnected","` + missed.Socket)
}

// Without a grain there is nobody to know of a roster; it asks until there is.
func TestRosterIsEnrolledWhenTheGrainIsBack(t *testing.T) {
	f := newFixture(t)
	n := f.start(impatient)
	r := newRoster(n.home, "Maths")
	r.self = n.pid
	r.viewChanged(n.View())
	r.join(&Join{Seat: &Seat{Entry: entriesOf(1)[0], socket: newListener(t)}})
	first := r.publication.underway[0]
	r.publishDue(r.publication.batch)
	if r.enrolled || !r.mending {
		t.Error("a roster that the grain does not know is at rest")
	}
	r.registered(false)
	if r.enrolled {
		t.Error("enrolled by a grain that did not answer")
	}
	r.registered(true)
	if !r.enrolled {
		t.Error("not enrolled by a grain that answered")
	}
	if first.GetVersion() != r.woke {
		t.Errorf("woke at %d, not %d", r.woke, first.GetVersion())
	}
}
