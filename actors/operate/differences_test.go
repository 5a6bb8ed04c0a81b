package operate

import (
	"slices"
	"testing"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
)

// lookOf is a look at a room whose grain is on node-1, where it belongs, in epoch 7
// at event 20. node-1 and node-2 have sockets, node-3 has none.
func lookOf(change func(*RoomLook)) *RoomLook {
	view := &membership.View{}
	for _, name := range []string{"node-1", "node-2", "node-3"} {
		view.Members = append(view.Members, membership.Member{Name: name, System: "of " + name})
	}
	roster := func(node string) *protos.RosterState {
		return &protos.RosterState{
			Node: node, Incarnation: "of " + node, Running: true, Awake: true, Enrolled: true, Settled: true,
			Epoch: 7, Seq: 20, Sockets: 3,
		}
	}
	route := func(node string, has protos.GrainRoute_Knowledge) *protos.GrainRoute {
		return &protos.GrainRoute{Node: node, Incarnation: "of " + node, HasRoster: has}
	}
	l := &RoomLook{
		View: view, Owner: "node-1",
		Grains: []*protos.GrainState{{Node: "node-1", Active: true, Epoch: 7, Seq: 20, Routes: []*protos.GrainRoute{
			route("node-1", protos.GrainRoute_YES), route("node-2", protos.GrainRoute_YES), route("node-3", protos.GrainRoute_NO),
		}}},
		Rosters: []*protos.RosterState{roster("node-1"), roster("node-2")},
	}
	if change != nil {
		change(l)
	}
	return l
}

func TestDifferencesAreFound(t *testing.T) {
	grain := func(l *RoomLook) *protos.GrainState { return l.Grains[0] }
	for _, test := range []struct {
		name   string
		change func(*RoomLook)
		want   []string // node: what it is about
	}{
		{"none", nil, nil},
		{"the grain denies a roster", func(l *RoomLook) { grain(l).Routes[1].HasRoster = protos.GrainRoute_NO }, []string{"node-2: denied"}},
		{"the grain does not know a node", func(l *RoomLook) { grain(l).Routes = slices.Delete(grain(l).Routes, 1, 2) }, []string{"node-2: no route"}},
		{"… that has nobody", func(l *RoomLook) { grain(l).Routes = grain(l).Routes[:2] }, nil},
		{"the grain believes in a roster", func(l *RoomLook) { grain(l).Routes[2].HasRoster = protos.GrainRoute_YES }, []string{"node-3: in vain"}},
		{"… whose last leave is on its way", func(l *RoomLook) { l.Rosters[1].Sockets, l.Rosters[1].Awake, l.Rosters[1].Settled = 0, false, false }, nil},
		{"… of a node that is silent", func(l *RoomLook) { l.Rosters, l.Silent = l.Rosters[:1], []string{"node-2"} }, nil},
		{"the grain has not heard of a node", func(l *RoomLook) { grain(l).Routes[2].HasRoster = protos.GrainRoute_UNASKED }, nil},
		{"a route to a node that left", func(l *RoomLook) { l.View.Members = l.View.Members[:2] }, []string{"node-3: route to nowhere"}},
		{"a route to an earlier life", func(l *RoomLook) { grain(l).Routes[2].Incarnation = "before" }, []string{"node-3: route to nowhere"}},
		{"two grains", func(l *RoomLook) { l.Grains = append(l.Grains, &protos.GrainState{Node: "node-2"}) }, []string{"node-2: second grain"}},
		{"a grain in the wrong place", func(l *RoomLook) { grain(l).Node = "node-2" }, []string{"node-2: misplaced grain"}},
		{"no grain", func(l *RoomLook) { l.Grains = nil }, []string{"node-1: no grain", "node-2: no grain"}},
		{"… and nobody in the room", func(l *RoomLook) { l.Grains, l.Rosters = nil, nil }, nil},
		{"… but its node is silent", func(l *RoomLook) { l.Grains, l.Rosters, l.Silent = nil, l.Rosters[1:], []string{"node-1"} }, nil},
		{"not enrolled", func(l *RoomLook) { l.Rosters[1].Enrolled = false }, []string{"node-2: not enrolled"}},
		{"another epoch", func(l *RoomLook) { l.Rosters[1].Epoch = 6 }, []string{"node-2: other epoch"}},
		{"… of which no event was numbered", func(l *RoomLook) { grain(l).Seq, grain(l).Epoch = 0, 8 }, nil},
		{"behind", func(l *RoomLook) { l.Rosters[1].Seq = 19 }, []string{"node-2: behind"}},
		{"… and asleep", func(l *RoomLook) {
			l.Rosters = append(l.Rosters, &protos.RosterState{Node: "node-3", Running: true, Epoch: 7, Seq: 3})
		}, nil},
		{"ahead", func(l *RoomLook) { l.Rosters[0].Seq = 21 }, []string{"node-1: ahead"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			look := lookOf(test.change)
			var got []string
			for _, d := range Differences(look, look) {
				got = append(got, d.Node+": "+d.about)
				if d.What == "" {
					t.Errorf("%s says nothing to people", d.about)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("found %q, want %q", got, test.want)
			}
			if look.Contradicts() != (len(test.want) > 0) {
				t.Errorf("contradicts: %v", look.Contradicts())
			}
		})
	}
}

func TestMereMotionIsNoDifference(t *testing.T) {
	for _, test := range []struct {
		name          string
		before, after func(*RoomLook)
	}{
		{"events are on their way", func(l *RoomLook) { l.Rosters[1].Seq = 15 }, func(l *RoomLook) { l.Grains[0].Seq, l.Rosters[1].Seq = 30, 20 }},
		{"a join was on its way", func(l *RoomLook) { l.Grains[0].Routes[1].HasRoster = protos.GrainRoute_NO }, nil},
		{"the grain was moving", func(l *RoomLook) { l.Grains = nil }, nil},
		{"one thing, then another", func(l *RoomLook) { l.Rosters[1].Enrolled = false }, func(l *RoomLook) { l.Grains[0].Routes[1].HasRoster = protos.GrainRoute_NO }},
		{"another epoch began", func(l *RoomLook) { l.Grains[0].Epoch, l.Grains[0].Seq = 6, 90 }, nil},
		{"the roster was asked later than the grain", func(l *RoomLook) { l.Rosters[1].Seq = 22 }, func(l *RoomLook) { l.Grains[0].Seq, l.Rosters[0].Seq, l.Rosters[1].Seq = 22, 22, 22 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, after := lookOf(test.before), lookOf(test.after)
			if found := Differences(before, after); len(found) != 0 {
				t.Errorf("found %+v", found)
			}
			if !before.Contradicts() {
				t.Error("the first look had nothing to report: the test says nothing")
			}
		})
	}
}

func TestTheGrainOfASilentNodeIsNotSaidToBeMissing(t *testing.T) {
	l := &RoomLook{View: &membership.View{}, Owner: "node-3", Silent: []string{"node-3"}, Rosters: []*protos.RosterState{{Node: "node-1", Sockets: 1}}}
	if l.GrainError() == "" || l.Contradicts() {
		t.Errorf("%q, %v", l.GrainError(), l.Contradicts())
	}
}
