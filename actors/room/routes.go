package room

import (
	"slices"
	"strings"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
)

// knowledge is whether a node has a roster, as far as a room grain knows. Its
// values are those of [protos.GrainRoute_Knowledge].
type knowledge int

const (
	unasked knowledge = iota // it may have one: it gets the events
	yes
	no
)

// routes are the live nodes by name, and which of them have a roster of a room.
type routes map[string]*route

type route struct {
	member    membership.Member
	hasRoster knowledge
}

// follow makes the routes those of a view, and returns the members that are new
// in it and whose rosters are unknown therefore.
func (r routes) follow(view *membership.View) (unknown []membership.Member) {
	for name, route := range r {
		if !view.Holds(route.member) {
			delete(r, name)
		}
	}
	for _, m := range view.Members {
		if _, ok := r[m.Name]; !ok {
			r[m.Name] = &route{member: m}
			unknown = append(unknown, m)
		}
	}
	return unknown
}

// registered notes what a node said. A node that is not live, or that has been
// restarted since, is ignored.
func (r routes) registered(node, incarnation string, hasRoster bool) {
	route, ok := r[node]
	if !ok || route.member.System != incarnation {
		return
	}
	if route.hasRoster = no; hasRoster {
		route.hasRoster = yes
	}
}

// state returns the routes as operators are shown them, by name.
func (r routes) state() []*protos.GrainRoute {
	var list []*protos.GrainRoute
	for name, route := range r {
		list = append(list, &protos.GrainRoute{
			Node: name, Incarnation: route.member.System, HasRoster: protos.GrainRoute_Knowledge(route.hasRoster),
		})
	}
	slices.SortFunc(list, func(a, b *protos.GrainRoute) int { return strings.Compare(a.GetNode(), b.GetNode()) })
	return list
}

// empty reports whether every node has said that it has no roster.
func (r routes) empty() bool {
	for _, route := range r {
		if route.hasRoster != no {
			return false
		}
	}
	return true
}
