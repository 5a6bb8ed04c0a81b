package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall/rollcall/actors/metrics"
)

// door is how requests come in, and what they have to pass.
type door int

const (
	publicDoor   door = iota // whoever may be at a page; so many at a time
	operatorDoor             // whoever shows the admin token; so many at a time
	engineDoor               // clients, whose sessions have limits of their own
	fileDoor                 // everybody: a file of the client
	healthDoor               // balancers, which ask by any name, and must be answered when there is too much of all else
)

// place is what there is at the paths that a pattern stands for.
type place struct {
	pattern []string
	door    door
	class   metrics.Route
	methods methods
	any     http.HandlerFunc // takes all methods, where there are none; or nil
}

// methods are the methods that a route has.
type methods map[string]http.HandlerFunc

// mux finds the place that a path leads to. Paths are taken as they were escaped, since the
// name of a room may contain anything, and are not cleaned: "/a%2Fb/users" is the room "a/b"
// (net/http's ServeMux would redirect). The places are in the order of the table, under each
// segment that a pattern begins with; those under "" are for paths that begin otherwise.
type mux map[string][]*place

// newMux returns the places of a table.
func newMux(table []route) mux {
	places, m := placesOf(table), make(mux)
	for _, p := range places {
		m[p.pattern[0]] = nil
	}
	for _, p := range places {
		for first := range m {
			if first == p.pattern[0] || strings.HasPrefix(p.pattern[0], "{") {
				m[first] = append(m[first], p)
			}
		}
	}
	return m
}

// placesOf returns the places of a table, in its order.
func placesOf(table []route) []*place {
	var places []*place
	for _, r := range table {
		pattern := segments(r.pattern)
		i := slices.IndexFunc(places, func(p *place) bool { return slices.Equal(p.pattern, pattern) })
		if i < 0 {
			i, places = len(places), append(places, &place{pattern: pattern, door: r.door, class: r.class})
		}
		if r.method == "" {
			places[i].any = r.handle
			continue
		}
		if places[i].methods == nil {
			places[i].methods = make(methods)
		}
		places[i].methods[r.method] = r.handle
	}
	return places
}

// segments returns the parts of a path. A slash at its end is ignored, as Express
// does: what comes before it is there.
func segments(escaped string) []string {
	path := strings.Split(strings.TrimPrefix(escaped, "/"), "/")
	if last := len(path) - 1; last > 0 && path[last] == "" {
		path = path[:last]
	}
	return path
}

// find returns the first place that has a path: the last has any.
func (m mux) find(path []string) *place {
	places, ok := m[path[0]]
	if !ok {
		places = m[""]
	}
	return places[slices.IndexFunc(places, func(p *place) bool { return p.has(path) })]
}

func (p *place) has(path []string) bool {
	if len(path) < len(p.pattern) {
		return false
	}
	for i, part := range p.pattern {
		switch {
		case strings.HasSuffix(part, "...}"):
			return true
		case !strings.HasPrefix(part, "{") && part != path[i]:
			return false
		}
	}
	return len(path) == len(p.pattern)
}

// serve answers a request by its method.
func (p *place) serve(w http.ResponseWriter, r *http.Request) {
	if p.any != nil {
		p.any(w, r)
		return
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http leaves the body out
	}
	if handle, ok := p.methods[method]; ok {
		handle(w, r)
		return
	}
	allowed := []string{http.MethodOptions}
	for m := range p.methods {
		allowed = append(allowed, m)
		if m == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	allow(w, r, allowed)
}
