package room

import (
	"testing"
	"testing/synctest"

	"github.com/rollcall/rollcall/protos/engineio"
)

// Without a grain there is nobody to know of a roster; it asks until there is.
func TestRosterIsEnrolledWhenTheGrainIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t)
		l.join(&Join{Seat: NewSeat(entriesOf(1)[0], "Maths", new(ear), engineio.V4)})
		first := l.pending.underway[0]
		l.changesDue(l.pending.batch)
		if l.enrolled || !l.mending {
			t.Error("a roster that the grain does not know is at rest")
		}
		l.registered(false)
		if l.enrolled {
			t.Error("enrolled by a grain that did not answer")
		}
		l.registered(true)
		if !l.enrolled {
			t.Error("not enrolled by a grain that answered")
		}
		if first.GetVersion() != l.woke {
			t.Errorf("woke at %d, not %d", l.woke, first.GetVersion())
		}
	})
}
