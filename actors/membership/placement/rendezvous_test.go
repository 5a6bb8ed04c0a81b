package placement

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// nodesNamed are nodes that have the kind Room.
func nodesNamed(superseded <-chan struct{}, names ...string) *Nodes {
	var list []Node
	for _, n := range slices.Sorted(slices.Values(names)) {
		list = append(list, Node{Name: n, ID: "system of " + n + "#0", Address: n + ":6011", Kinds: []string{"Room"}})
	}
	return NewNodes(list[0].Name, list, superseded)
}

// The stock hash gave half of the rooms to one of four neighbouring ports.
func TestOwnersAreSpreadEvenly(t *testing.T) {
	for _, pattern := range []string{"node-%d", "127.0.0.1:601%d", "%d", "rollcall-%d.rollcall.default.svc.cluster.local"} {
		for _, size := range []int{2, 4, 9} {
			names := make([]string, size)
			for i := range names {
				names[i] = fmt.Sprintf(pattern, i+1)
			}
			nodes := nodesNamed(nil, names...)
			for _, rooms := range []string{"room-%d", "%d", "Maths %d at school"} {
				const n = 20000
				count := map[string]int{}
				for i := range n {
					owner, _ := nodes.Owner("Room", fmt.Sprintf(rooms, i))
					count[owner.Name]++
				}
				share := float64(n) / float64(size)
				for _, name := range names {
					// Five standard deviations of a fair draw.
					if off := math.Abs(float64(count[name]) - share); off > 5*math.Sqrt(share) {
						t.Errorf("%s of %d owns %d rooms %q, want about %.0f", name, size, count[name], rooms, share)
					}
				}
			}
		}
	}
}

func TestRemovingAMemberMovesOnlyItsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.String(), 2, 12, rapid.ID).Draw(t, "names")
		gone := rapid.SampledFrom(names).Draw(t, "gone")
		identity := rapid.String().Draw(t, "identity")
		var rest []string
		for _, n := range names {
			if n != gone {
				rest = append(rest, n)
			}
		}
		before, _ := nodesNamed(nil, names...).Owner("Room", identity)
		after, _ := nodesNamed(nil, rest...).Owner("Room", identity)
		if before.Name != gone && after.Name != before.Name {
			t.Fatalf("%q moved from %q to %q though %q left", identity, before.Name, after.Name, gone)
		}
	})
}

func TestOwnerDoesNotDependOnIncarnation(t *testing.T) {
	before, after := nodesNamed(nil, "a", "b", "c"), nodesNamed(nil, "a", "b", "c")
	for i := range after.list {
		after.list[i].ID = "restarted#7"
	}
	for i := range 100 {
		identity := fmt.Sprint(i)
		old, _ := before.Owner("Room", identity)
		now, _ := after.Owner("Room", identity)
		if old.Name != now.Name {
			t.Errorf("%q moved from %s to %s", identity, old.Name, now.Name)
		}
	}
}

func TestOwnerTakesTheKind(t *testing.T) {
	nodes := nodesNamed(nil, "a", "b")
	nodes.list[1].Kinds = append(nodes.list[1].Kinds, "Lobby")
	for i := range 20 {
		if owner, ok := nodes.Owner("Lobby", fmt.Sprint(i)); !ok || owner.Name != "b" {
			t.Errorf("a Lobby is placed on %q, which is no place for it", owner.Name)
		}
	}
	if _, ok := nodes.Owner("Cellar", "1"); ok {
		t.Error("a kind that nobody has is owned")
	}
}

func BenchmarkOwner(b *testing.B) {
	nodes := nodesNamed(nil, "node-1", "node-2", "node-3", "node-4")
	b.ReportAllocs()
	for b.Loop() {
		nodes.Owner("Room", "Maths")
	}
}
