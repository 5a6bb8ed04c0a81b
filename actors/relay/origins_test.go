package relay

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/protos"
)

// Where a node begins with an origin, and what it then asks for when it is told that
// there are ten relays.
func TestWhereANodeBegins(t *testing.T) {
	tests := []struct {
		name   string
		before func(*Origins)
		want   []*protos.Hole
	}{
		{"a member that was there and welcomed it", func(o *Origins) {
			o.Members([]string{"a"})
			o.Welcomed("a", 7)
			o.Introduced(map[string]bool{"a": true})
		}, holes(8, 10)},
		{"a member that did not welcome it in time", func(o *Origins) {
			o.Members([]string{"a"})
			o.Introduced(map[string]bool{"a": true})
		}, nil},
		{"a member that came while it introduced itself", func(o *Origins) {
			o.Members([]string{"a"})
			o.Introduced(nil)
		}, holes(1, 10)},
		{"a member that came later", func(o *Origins) {
			o.Introduced(nil)
			o.Members([]string{"a"})
		}, holes(1, 10)},
		{"one that was heard before its welcome", func(o *Origins) {
			o.Take("a", 5)
			o.Members([]string{"a"})
			o.Welcomed("a", 7)
			o.Introduced(map[string]bool{"a": true})
		}, holes(6, 10)},
		{"one that was told of before it let clients in", func(o *Origins) {
			o.Told("a", 6)
			o.Members([]string{"a"})
			o.Introduced(map[string]bool{"a": true})
		}, holes(7, 10)},
		{"one that left and is back", func(o *Origins) {
			o.Introduced(nil)
			o.Members([]string{"a"})
			o.Take("a", 1)
			o.Take("a", 3)
			o.Members(nil)
			o.Tick()
			o.Members([]string{"a"})
		}, holes(2, 2, 4, 10)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var o Origins
			test.before(&o)
			o.Told("a", 10)
			var got []*protos.Hole
			for _, q := range slices.Concat(o.Tick(), o.Tick()) {
				got = q.Holes
			}
			if diff := cmp.Diff(test.want, got, protocmp.Transform()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAskingGoesOnUntilItIsAnswered(t *testing.T) {
	var o Origins
	o.Introduced(nil)
	o.Members([]string{"a"})
	o.Take("a", 3)
	asked := 0
	for range 10 * askAgain {
		asked += len(o.Tick())
	}
	if asked < 9 || asked > 11 {
		t.Errorf("asked %d times", asked)
	}
	o.Take("a", 1)
	if diff := cmp.Diff(holes(2, 2), o.Answered("a", 1, true), protocmp.Transform()); diff != "" {
		t.Errorf("what is asked for next (-want +got):\n%s", diff)
	}
	if o.Answered("a", 1, false) != nil {
		t.Error("asked again at once although nothing came")
	}
	o.Answered("a", 4, false)
	for range 10 {
		if got := o.Tick(); len(got) > 0 {
			t.Errorf("asked for what is given up: %v", got)
		}
	}
}

func TestOriginsAreForgotten(t *testing.T) {
	var o Origins
	o.Introduced(nil)
	o.Members([]string{"member"})
	o.Take("gone", 1)
	for range forgetAfter {
		o.Tick()
	}
	if o.Take("gone", 1) {
		t.Error("forgotten too early")
	}
	for range forgetAfter + 1 {
		o.Tick()
	}
	if len(o.known) != 1 {
		t.Errorf("%d are known", len(o.known))
	}
	for i := range 2 * mostOrigins {
		o.Take(fmt.Sprint(i), 1)
	}
	if len(o.known) != mostOrigins || o.known["member"] == nil {
		t.Errorf("%d are known", len(o.known))
	}
}

// A node that relays, one that is told, and ways between them that lose, repeat and
// reorder: each relay is taken once if it is still kept when a way works again.
func TestEachRelayIsTakenOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			log     Log
			pace    Pace
			origins Origins
			flying  []func()
			took    = map[uint64]int{}
		)
		origins.Introduced(nil)
		origins.Members([]string{"a"})
		take := func(r *protos.Relay) bool {
			news := origins.Take("a", r.GetNumber())
			if news {
				if took[r.GetNumber()]++; took[r.GetNumber()] > 1 {
					t.Fatalf("%d was taken twice", r.GetNumber())
				}
			}
			return news
		}
		send := func(f func()) { flying = append(flying, f) }
		var ask func(asked []*protos.Hole)
		ask = func(asked []*protos.Hole) {
			if len(asked) == 0 {
				return
			}
			send(func() {
				oldest, relays := log.Answer(asked, 4*overhead)
				send(func() {
					progress := false
					for _, r := range relays {
						progress = take(r) || progress
					}
					ask(origins.Answered("a", oldest, progress))
				})
			})
		}
		tick := func() {
			log.Tick()
			if last := log.Last(); pace.Tick() {
				send(func() { origins.Told("a", last) })
			}
			for _, q := range origins.Tick() {
				ask(q.Holes)
			}
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			i := 0
			if len(flying) > 0 {
				i = rapid.IntRange(0, len(flying)-1).Draw(t, "which")
			}
			switch step := rapid.SampledFrom([]string{"relay", "relay", "tick", "arrive", "arrive", "again", "lose"}).Draw(t, "step"); {
			case step == "relay":
				r := new(protos.Relay)
				log.Add(r)
				pace.News()
				send(func() { take(r) })
			case step == "tick":
				tick()
			case len(flying) == 0:
			case step == "again":
				flying[i]()
			case step == "lose":
				flying = slices.Delete(flying, i, i+1)
			default:
				f := flying[i]
				flying = slices.Delete(flying, i, i+1)
				f()
			}
		}
		flying = nil // all that was under way is lost; from now on every way works
		for range 3 * second {
			tick()
			for len(flying) > 0 {
				f := flying[0]
				flying = flying[1:]
				f()
			}
		}
		if len(took) != int(log.Last()) {
			t.Fatalf("%d of %d were taken", len(took), log.Last())
		}
	})
}
