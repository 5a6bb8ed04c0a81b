package actors

import (
	"fmt"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos"
)

func TestTooManyEmptyRoomsStayOnlyForAMoment(t *testing.T) {
	var empty emptyRooms
	for i := range mostEmpty {
		if stay := empty.enter(); stay != roomIdle {
			t.Fatalf("the %dth stays for %v", i, stay)
		}
	}
	if stay := empty.enter(); stay != shortIdle {
		t.Errorf("one too many stays for %v", stay)
	}
	empty.leave()
	empty.leave()
	if stay := empty.enter(); stay != roomIdle {
		t.Errorf("where there is room again, one stays for %v", stay)
	}
}

// A grain counts as empty from the last leave to the next join, and once.
func TestGrainsOfEmptyRoomsAreCounted(t *testing.T) {
	empty := new(emptyRooms)
	f := newFixture(t)
	n := f.start()
	// The generated code has one factory for all.
	protos.NewRoomKind(func() protos.Room { return &grain{empties: empty} }, 0)
	counts := func(want int64) {
		t.Helper()
		actorstest.Eventually(t, fmt.Sprintf("%d to be empty", want), func() bool { return empty.count.Load() == want })
	}
	a, b := n.connects("Maths", "1"), n.connects("Maths", "2")
	c := n.connects("Physics", "3")
	a.leaves()
	b.leaves()
	counts(1)
	a = n.connects("Maths", "1")
	counts(0)
	a.leaves()
	c.leaves()
	counts(2)
	for _, room := range []string{"Maths", "Physics"} {
		if pid := n.membership.Cluster.Get(room, "Room"); pid != nil {
			n.system.Root.Poison(pid)
		}
	}
	counts(0)
}
