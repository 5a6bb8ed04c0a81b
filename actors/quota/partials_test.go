package quota

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestWhoBeganFirstGivesWay(t *testing.T) {
	const kB = 1000
	type step struct {
		who   string // its first letter is its site
		holds int
		gone  string // who has to give way for that
	}
	tests := map[string][]step{
		"there is room": {
			{"a1", 60 * kB, ""}, {"b1", 40 * kB, ""}, {"a1", 0, ""}, {"a2", 60 * kB, ""},
		},
		"a site has more than it may": {
			{"b1", 30 * kB, ""}, {"a1", 20 * kB, ""}, {"a2", 20 * kB, ""}, {"a3", 20 * kB, ""}, {"a2", 30 * kB, "a1"}, {"a4", 45 * kB, "a2 a3"},
		},
		"all have more than they may: of the site that has the most": {
			{"b1", 20 * kB, ""}, {"a1", 30 * kB, ""}, {"a2", 25 * kB, ""}, {"c1", 20 * kB, ""}, {"b2", 20 * kB, "a1"},
		},
		"what is small is not counted": {
			{"a1", 60 * kB, ""}, {"a2", SmallPartial, ""}, {"a2", SmallPartial + 1, "a1"}, {"a2", SmallPartial, ""}, {"a3", 43 * kB, ""},
		},
		"who grows does not give way for that": {
			{"a1", 50 * kB, ""}, {"a1", 200 * kB, ""}, {"b1", 20 * kB, "a1"},
		},
		"who gave way is not counted until it has ended": {
			{"a1", 40 * kB, ""}, {"a2", 40 * kB, "a1"}, {"a1", 55 * kB, ""}, {"a1", 0, ""}, {"a1", 20 * kB, ""}, {"a3", 40 * kB, "a2"},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			k := NewPartials(100*kB, 60*kB)
			var gone []string
			clients := map[string]*Partial{}
			for i, s := range steps {
				if clients[s.who] == nil {
					clients[s.who] = k.Begin(s.who[:1], func() { gone = append(gone, s.who) })
				}
				gone = nil
				clients[s.who].Holds(s.holds)
				if got := join(gone); got != s.gone {
					t.Errorf("step %d: %q give way, want %q", i, got, s.gone)
				}
			}
			for _, p := range clients {
				p.Holds(0)
			}
			if k.Held() != 0 || len(k.sites) != 0 {
				t.Errorf("%d bytes of %d sites are held in the end", k.Held(), len(k.sites))
			}
		})
	}
}

func TestOfNothingEverybodyHoldsWhatTheyWant(t *testing.T) {
	var k *Partials
	k.Begin("a", func() { t.Error("somebody has to give way") }).Holds(1 << 40)
	if k.Held() != 0 || k.GaveWay() != 0 {
		t.Error("it counts")
	}
}

// Whatever comes: no more is held than may be, unless by one alone, and what is counted is
// what is held.
func TestPartialsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const most, perSite = 200_000, 120_000
		k := NewPartials(most, perSite)
		names := []string{"a1", "a2", "a3", "b1", "b2", "b3", "c1"}
		clients, held, gone := map[string]*Partial{}, map[string]int{}, uint64(0)
		for _, name := range names {
			clients[name] = k.Begin(name[:1], func() { held[name] = -1; gone++ })
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			name := rapid.SampledFrom(names).Draw(t, "who")
			n := rapid.SampledFrom([]int{0, 0, 1000, SmallPartial, 20_000, 50_000, 100_000, 150_000}).Draw(t, "n")
			before := held[name]
			clients[name].Holds(n)
			switch {
			case n == 0:
				held[name] = 0
			case before > 0 || before == 0 && n > SmallPartial:
				held[name] = n
			}
			sum, sites, count := 0, map[string]int{}, map[string]int{}
			for name, n := range held {
				if n > 0 {
					sum, sites[name[:1]] = sum+n, sites[name[:1]]+n
					count[name[:1]]++
					count["all"]++
				}
			}
			if k.Held() != sum || k.GaveWay() != gone {
				t.Fatalf("%d are held and %d gave way, want %v and %d", k.Held(), k.GaveWay(), held, gone)
			}
			if sum > most && count["all"] > 1 {
				t.Fatalf("%v are held", held)
			}
			for site, n := range sites {
				if n > perSite && count[site] > 1 {
					t.Fatalf("%v are held", held)
				}
			}
		}
	})
}

func join(names []string) (all string) {
	slices.Sort(names)
	for i, name := range names {
		if i > 0 {
			all += " "
		}
		all += name
	}
	return all
}
