package operate

import (
	"fmt"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
)

// Difference is something in a room that should not be so. Node is whom it is
// about.
type Difference struct {
	Node string
	What string // for people

	about string // what persists, though the numbers in What may change
}

// Differences returns what a room's grain and its rosters disagree about in both
// of two looks, one of which was taken some 100 ms after the other: what is only on
// its way is no difference.
func Differences(before, after *RoomLook) []Difference {
	was := make(map[Difference]bool)
	for _, d := range contradictions(before) {
		was[Difference{Node: d.Node, about: d.about}] = true
	}
	list := []Difference{}
	for _, d := range contradictions(after) {
		if was[Difference{Node: d.Node, about: d.about}] {
			list = append(list, d)
		}
	}
	return append(list, lagging(before, after)...)
}

// Contradicts reports whether a second look is worth while.
func (l *RoomLook) Contradicts() bool { return len(contradictions(l)) > 0 || len(lagging(l, l)) > 0 }

// contradictions returns what does not fit at the moment of one look.
func contradictions(l *RoomLook) []Difference {
	var list []Difference
	add := func(node, about, format string, args ...any) {
		list = append(list, Difference{Node: node, about: about, What: fmt.Sprintf(format, args...)})
	}
	grain := l.Grain()
	for _, g := range l.Grains[min(1, len(l.Grains)):] {
		add(g.GetNode(), "second grain", "It runs a grain of this room too: events are numbered twice")
	}
	if grain != nil && l.Owner != "" && l.Owner != grain.GetNode() {
		add(grain.GetNode(), "misplaced grain", "It runs the grain of this room, which belongs to %s", l.Owner)
	}
	if grain == nil {
		if l.isSilent(l.Owner) {
			return list // it may run there
		}
		for _, r := range l.Rosters {
			if r.GetSockets() > 0 {
				add(r.GetNode(), "no grain", "%s here, but no node runs the grain of this room: it starts with the next join or leave", sockets(r))
			}
		}
		return list
	}
	routes := make(map[string]*protos.GrainRoute)
	for _, route := range grain.GetRoutes() {
		routes[route.GetNode()] = route
		if member, ok := l.View.ByName(route.GetNode()); !ok || member.System != route.GetIncarnation() {
			add(route.GetNode(), "route to nowhere", "The grain sends events to this node, which is not a member (any more)")
		}
	}
	for _, member := range l.View.Members {
		compareRoute(l, member, routes[member.Name], add)
	}
	for _, r := range l.Rosters {
		switch {
		case r.GetSockets() > 0 && !r.GetEnrolled():
			add(r.GetNode(), "not enrolled", "%s here, but the grain has not shown that it knows of them", sockets(r))
		case r.GetAwake() && r.GetEpoch() != grain.GetEpoch() && grain.GetSeq() > 0 && r.GetEpoch() > 0:
			add(r.GetNode(), "other epoch", "It follows epoch %d of the room's events; the grain is in epoch %d", r.GetEpoch(), grain.GetEpoch())
		}
	}
	return list
}

// compareRoute sets what the grain knows of a member beside what that has.
func compareRoute(l *RoomLook, member membership.Member, route *protos.GrainRoute, add func(node, about, format string, args ...any)) {
	if l.isSilent(member.Name) {
		return
	}
	r := l.roster(member.Name)
	here := r.GetSockets() > 0
	switch {
	case route == nil && here:
		add(member.Name, "no route", "%s here, but the grain does not know this node: they hear no events", sockets(r))
	case route == nil:
	case route.GetHasRoster() == protos.GrainRoute_NO && here:
		add(member.Name, "denied", "%s here, but the grain believes that there is no roster: they hear no events", sockets(r))
	case route.GetHasRoster() == protos.GrainRoute_YES && !here && (r == nil || r.GetSettled()):
		add(member.Name, "in vain", "The grain believes that there is a roster; nobody is here: events come in vain")
	}
}

// lagging returns the rosters that have not seen, by the later look, what the
// grain had numbered by the earlier one; and those that had seen, by the earlier,
// what it has not numbered by the later.
func lagging(before, after *RoomLook) []Difference {
	earlier, later := before.Grain(), after.Grain()
	if earlier == nil || later == nil || earlier.GetEpoch() != later.GetEpoch() {
		return nil
	}
	var list []Difference
	for _, r := range after.Rosters {
		if r.GetAwake() && r.GetEnrolled() && r.GetEpoch() == earlier.GetEpoch() && r.GetSeq() < earlier.GetSeq() {
			list = append(list, Difference{Node: r.GetNode(), about: "behind", What: fmt.Sprintf(
				"It has seen event %d; the grain had numbered %d before that", r.GetSeq(), earlier.GetSeq())})
		}
	}
	for _, r := range before.Rosters {
		if r.GetAwake() && r.GetEpoch() == later.GetEpoch() && r.GetSeq() > later.GetSeq() {
			list = append(list, Difference{Node: r.GetNode(), about: "ahead", What: fmt.Sprintf(
				"It had seen event %d; the grain has numbered %d since, and no more", r.GetSeq(), later.GetSeq())})
		}
	}
	return list
}

func sockets(r *protos.RosterState) string {
	if r.GetSockets() == 1 {
		return "1 socket is"
	}
	return fmt.Sprintf("%d sockets are", r.GetSockets())
}
