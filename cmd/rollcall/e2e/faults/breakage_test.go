//go:build unix

package faults

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
)

// breakage is a mistake that a build is given, to show that the suite finds it.
type breakage struct {
	name      string
	file      string // below the module's folder
	old, new  string // what the mistake replaces, and by what
	scene     scene  // in which it shows
	mustBreak []history.Rule
}

func breakages() []breakage {
	calm := scene{name: "nothing", play: func(t testing.TB, _ *stage) { pass(t, whileUp) }}
	return []breakage{{
		name: "a roster forgets a leave", file: "actors/room/seats.go",
		old:   "s.list = slices.Delete(s.list, i, i+1)",
		new:   "s.list = slices.Clone(s.list)",
		scene: calm, mustBreak: []history.Rule{history.Gone},
	}, {
		name: "a roll hides a silent node", file: "actors/room/roll.go",
		old:   "if n.Status == Missing {",
		new:   "if n.Status == \"hidden\" {",
		scene: scene{name: "frozen", play: frozen(4 * time.Second)}, mustBreak: []history.Rule{history.Absent},
	}, {
		name: "what was missed is not caught up with", file: "actors/identity/subscription.go",
		old:   "s.deliver(rows...)",
		new:   "s.deliver(rows[:0]...)",
		scene: scene{name: "Redis loses messages", play: newsLost}, mustBreak: []history.Rule{history.Unheard},
	}, {
		name: "an event is delivered twice", file: "actors/room/announce.go",
		old:   "\tr.deliveries.add(d)\n}\n\n// tellAll",
		new:   "\ttwice := *d\n\tr.deliveries.add(d)\n\tr.deliveries.add(&twice)\n}\n\n// tellAll",
		scene: calm, mustBreak: []history.Rule{history.Repeated},
	}, {
		name: "a silent node's sockets are taken from memory", file: "actors/room/gather.go",
		old:   "c.lose(time.Now(), func(membership.Member) bool { return true })",
		new:   "for _, a := range c.asked {\n\t\t\tif a.status == \"\" {\n\t\t\t\tc.answered(a, Unchanged, time.Now())\n\t\t\t}\n\t\t}",
		scene: scene{name: "frozen", play: frozen(4 * time.Second)}, mustBreak: []history.Rule{history.Stale},
	}, {
		name: "a node always answers that nothing has changed", file: "actors/room/gather.go",
		old:   "if msg.GetIncarnation() == r.home.Incarnation && msg.GetVersion() == r.seats.version {",
		new:   "if msg.GetIncarnation() == r.home.Incarnation {",
		scene: scene{name: "frozen", play: frozen(4 * time.Second)}, mustBreak: []history.Rule{history.Absent},
	}, {
		name: "the dead are not announced", file: "actors/room/announce.go",
		old:   "func (r *roster) tellAll(node string, kind protos.RosterChange_Kind, entries []Entry) {",
		new:   "func (r *roster) tellAll(node string, kind protos.RosterChange_Kind, entries []Entry) {\n\tentries = nil",
		scene: scene{name: "kill -9", play: killed(longGone)}, mustBreak: []history.Rule{history.Unaware},
	}}
}

// overlay returns the mistake.
func (b breakage) overlay(t testing.TB, module string) overlay {
	t.Helper()
	file := filepath.Join(module, b.file)
	return overlay{file: altered(t, file, b.old, b.new)}
}

// The suite can fail: each of these mistakes is found out. The short version looks
// only whether there still is a place for each, and what comes of it can be built.
func TestBrokenBuildsAreCaught(t *testing.T) {
	module, all := module(t), everything(t)
	for _, b := range breakages() {
		t.Run(b.name, func(t *testing.T) {
			mistake := b.overlay(t, module)
			if !all {
				mistake.compile(t)
				return
			}
			mistake.build(t)
			verdict, wrong := setUpLocal(t, crowd.Usual()).observe(t, b.scene)
			if !verdict.Has(b.mustBreak...) {
				t.Errorf("the checker found nothing of %v: %q", b.mustBreak, wrong)
				return
			}
			t.Logf("caught: %d times; first: %s", len(verdict.Wrong), verdict.Wrong[0])
		})
	}
}
