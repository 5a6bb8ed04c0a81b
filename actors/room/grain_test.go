package room

import (
	"context"
	"fmt"
	"testing"

	"github.com/asynkron/protoactor-go/cluster"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/membership"
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
	kind := protos.NewRoomKind(func() protos.Room { return &grain{empties: empty} }, 0)
	c, err := membership.Start(t.Context(), membership.Config{
		Cluster: "test", Name: "node-1", ActorAddr: "127.0.0.1:0", GossipAddr: "127.0.0.1:0",
		Kinds: []*cluster.Kind{kind}, Packages: []string{"rollcall"},
	})
	actorstest.Must(t, err)
	t.Cleanup(func() { actorstest.Must(t, c.Shutdown(context.Background())) })
	seats := func(room string, some bool) {
		t.Helper()
		_, err := protos.GetRoomGrainClient(c.Cluster, room).Register(&protos.Registration{
			Node: "node-1", Incarnation: c.System.ID, HasRoster: some,
		})
		actorstest.Must(t, err)
	}
	counts := func(want int64) {
		t.Helper()
		actorstest.Eventually(t, fmt.Sprintf("%d to be empty", want), func() bool { return empty.count.Load() == want })
	}
	seats("Maths", true)
	seats("Physics", true)
	seats("Maths", false)
	seats("Maths", false)
	counts(1)
	seats("Maths", true)
	counts(0)
	seats("Maths", false)
	seats("Physics", false)
	counts(2)
	for _, room := range []string{"Maths", "Physics"} {
		if pid := c.Cluster.Get(room, "Room"); pid != nil {
			c.System.Root.Poison(pid)
		}
	}
	counts(0)
}
