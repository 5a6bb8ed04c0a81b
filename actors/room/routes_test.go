package room

import (
	"slices"
	"testing"

	"github.com/rollcall/rollcall/actors/membership"
)

// viewOf is a view of members of the first generation, unless they say otherwise.
func viewOf(serial uint64, members ...membership.Member) *membership.View {
	return &membership.View{Serial: serial, Members: members}
}

func member(name, system string, generation uint64) membership.Member {
	return membership.Member{Name: name, System: system, Generation: generation, Address: name + ":1"}
}

func TestFreshRoutesLeadEverywhere(t *testing.T) {
	r := routes{}
	unknown := r.follow(viewOf(1, member("a", "s1", 0), member("b", "s2", 0)))
	if len(unknown) != 2 || r.empty() {
		t.Errorf("asked %v, empty %v", unknown, r.empty())
	}
	for name, route := range r {
		if route.hasRoster != unasked {
			t.Errorf("%s is known to be %v", name, route.hasRoster)
		}
	}
}

func TestRoutesAreEmptyOnceAllHaveSaidNo(t *testing.T) {
	r := routes{}
	r.follow(viewOf(1, member("a", "s1", 0), member("b", "s2", 0)))
	r.registered("a", "s1", false)
	if r.empty() {
		t.Error("b was not asked")
	}
	r.registered("b", "s2", true)
	if r.empty() {
		t.Error("b has a roster")
	}
	r.registered("b", "s2", false)
	if !r.empty() {
		t.Error("nobody has a roster")
	}
}

func TestRoutesIgnoreWhoIsNotLive(t *testing.T) {
	r := routes{}
	r.follow(viewOf(1, member("a", "s1", 0)))
	r.registered("a", "an earlier life", false)
	r.registered("b", "s2", true)
	if len(r) != 1 || r["a"].hasRoster != unasked {
		t.Errorf("routes are %v", r)
	}
}

func TestRoutesAskAgainWhoeverReappears(t *testing.T) {
	tests := []struct {
		name string
		next membership.Member
		asks bool
	}{
		{"the same stay", member("a", "s1", 0), false},
		{"restarted", member("a", "s9", 0), true},
		{"evicted and back", member("a", "s1", 1), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := routes{}
			r.follow(viewOf(1, member("a", "s1", 0), member("b", "s2", 0)))
			r.registered("a", "s1", false)
			unknown := r.follow(viewOf(2, test.next))
			if asked := len(unknown) > 0; asked != test.asks || asked && !slices.Equal(names(unknown), []string{"a"}) {
				t.Errorf("asked %v", unknown)
			}
			if _, still := r["b"]; still {
				t.Error("b has left and gets events")
			}
			if r.empty() == test.asks {
				t.Errorf("a is %v", r["a"].hasRoster)
			}
		})
	}
}

func names(members []membership.Member) []string {
	list := make([]string, len(members))
	for i, m := range members {
		list[i] = m.Name
	}
	return list
}
