package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall/rollcall/actors/membership"
)

func TestTheCompanyRemembersWhoHasGoneForTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		view := func(names ...string) *membership.View {
			v := &membership.View{}
			for _, name := range names {
				v.Members = append(v.Members, membership.Member{Name: name, System: "of " + name})
			}
			return v
		}
		c, start := newCompany(), time.Now()
		c.meet(view("a", "b"), start)
		<-time.After(time.Minute)
		c.meet(view("a", "b"), time.Now()) // it knows them
		c.changed(membership.ViewChanged{Old: view("a", "b"), New: view("a", "c")}, time.Now())
		left := time.Now()
		<-time.After(time.Minute)
		if a, c := c.since("a", time.Now()), c.since("c", time.Now()); !a.Equal(start) || !c.Equal(left) {
			t.Errorf("a since %v, c since %v", a.Sub(start), c.Sub(start))
		}
		if gone := c.goneAt(time.Now()); len(gone) != 1 || gone[0].Member.Name != "b" || !gone[0].Since.Equal(left) {
			t.Errorf("gone are %+v", gone)
		}
		c.changed(membership.ViewChanged{Old: view("a", "c"), New: view("a", "b", "c")}, time.Now())
		if gone := c.goneAt(time.Now()); len(gone) != 0 || !c.since("b", time.Time{}).Equal(time.Now()) {
			t.Errorf("b is back; gone are %+v", gone)
		}
		c.changed(membership.ViewChanged{Old: view("a", "b", "c"), New: view("a", "b")}, time.Now())
		<-time.After(membership.LostFor)
		if gone := c.goneAt(time.Now()); len(gone) != 0 {
			t.Errorf("after ten minutes %+v are gone", gone)
		}
	})
}
