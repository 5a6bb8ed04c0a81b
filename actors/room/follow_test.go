package room

import (
	"testing"
	"testing/synctest"

	"github.com/rollcall/rollcall/actors/membership"
)

// A view that was on its way when a roster started with a newer one must not
// bury the nodes that the newer one has.
func TestOlderViewIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t)
		self, r := l.seen.Self, newRoster(l.home, "Maths")
		r.self = l.self
		r.viewChanged(viewOf(7, self, member("zz", "s2", 0)))
		r.viewChanged(viewOf(6, self))
		if r.mirrors["zz"] == nil || r.view.Serial != 7 {
			t.Errorf("mirrors %v at view %d", r.mirrors, r.view.Serial)
		}
		if r.mirrors["zz"].known {
			t.Error("a node that was there before the roster is taken for empty")
		}
		r.viewChanged(viewOf(8, self, member("zz", "s2", 1), member("zzz", "s3", 0)))
		if m := r.mirrors["zz"]; m.member != (membership.Member{System: "s2", Generation: 1}).ID() || !m.known {
			t.Errorf("mirror of a node that was evicted and is back: %+v", m)
		}
		r.viewChanged(viewOf(9, self))
		if len(r.mirrors) != 0 {
			t.Errorf("mirrors of nodes that are gone: %v", r.mirrors)
		}
	})
}
