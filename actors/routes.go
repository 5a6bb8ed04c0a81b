package actors

import "github.com/rollcall/rollcall/actors/membership"

// knowledge is whether a node has a roster, as far as a room grain knows.
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

// empty reports whether every node has said that it has no roster.
func (r routes) empty() bool {
	for _, route := range r {
		if route.hasRoster != no {
			return false
		}
	}
	return true
}
