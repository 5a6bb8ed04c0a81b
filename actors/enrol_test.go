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
	missed := puppetEntries(1)[0]
	p.has(2, missed)
	p.answers(1, 1)
	c.hears(`42["socket-connected","` + missed.Socket)

	vanish(p.Cluster)
	c.hears(`42["socket-disconnected","` + missed.Socket)
}
