package room

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever joins and leaves, pages one behind the other are all rooms with somebody in
// them, once each, in order.
func TestTheCensusIsWhoIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var census Census
		model := make(map[string]int)
		names := rapid.StringMatching("[ab]{1,3}")
		t.Repeat(map[string]func(*rapid.T){
			"join": func(t *rapid.T) {
				name, n := names.Draw(t, "room"), rapid.IntRange(1, 3).Draw(t, "sockets")
				census.add(name, n)
				model[name] += n
			},
			"leave": func(t *rapid.T) {
				name := names.Draw(t, "room")
				n := rapid.IntRange(0, model[name]).Draw(t, "sockets")
				census.add(name, -n)
				if model[name] -= n; model[name] == 0 {
					delete(model, name)
				}
			},
			"": func(t *rapid.T) {
				prefix, limit := rapid.StringMatching("[ab]{0,2}").Draw(t, "prefix"), rapid.IntRange(1, 4).Draw(t, "limit")
				var want, got []Populace
				for name, sockets := range model {
					if strings.HasPrefix(name, prefix) {
						want = append(want, Populace{name, sockets})
					}
					if census.Of(name) != sockets {
						t.Fatalf("%s has %d, not %d", name, census.Of(name), sockets)
					}
				}
				slices.SortFunc(want, func(a, b Populace) int { return strings.Compare(a.Room, b.Room) })
				for after, more := "", true; more; {
					var page []Populace
					page, more = census.Page(after, prefix, limit)
					if len(page) > limit || more && len(page) < limit {
						t.Fatalf("a page of %d, limit %d", len(page), limit)
					}
					if got = append(got, page...); more {
						after = page[len(page)-1].Room
					}
				}
				if !slices.Equal(got, want) {
					t.Fatalf("pages are %v, want %v", got, want)
				}
			},
		})
	})
}

func TestACursorBeforeOrBehindAPrefix(t *testing.T) {
	var census Census
	for _, name := range []string{"a", "b1", "b2", "c"} {
		census.add(name, 1)
	}
	for _, test := range []struct{ after, want string }{{"", "b1 b2"}, {"a", "b1 b2"}, {"b1", "b2"}, {"b15", "b2"}, {"b2", ""}, {"c", ""}} {
		page, more := census.Page(test.after, "b", 10)
		var names []string
		for _, p := range page {
			names = append(names, p.Room)
		}
		if got := strings.Join(names, " "); got != test.want || more {
			t.Errorf("behind %q: %q, %v", test.after, got, more)
		}
	}
	if page, more := new(Census).Page("", "", 1); page != nil || more || census.Of("nowhere") != 0 {
		t.Error("nobody is anywhere")
	}
}
