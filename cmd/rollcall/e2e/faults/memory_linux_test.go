package faults

import (
	"slices"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// host returns the number of the host on which a node runs.
func (s *stage) host(of *harness.Node) int { return 1 + slices.Index(s.crowd.Nodes, of) }

// unreachable loses what goes to and from a node, until end is called.
func unreachable(w *wire, what rule) func(testing.TB, *stage, *harness.Node) (end func()) {
	return func(t testing.TB, s *stage, victim *harness.Node) func() {
		s.crowd.Recorder.Break()
		w.set([]int{s.host(victim)}, everyone(), true, what)
		return func() {
			w.heal()
			s.mended(t)
		}
	}
}

// What cannot be sent to a peer does not fill the memory of the others, be it cut
// off, or a member of whom only its actors cannot be reached.
func TestAPeerOutOfReachFillsNobodysMemory(t *testing.T) {
	longOnly(t, "the memory of those who have a peer out of reach")
	w := newWire(t, len(everyone()), seed(t))
	s := setUp(t, harness.Setup{Places: w.places(), Flags: crowd.Operated()}, w.address(0)+":0", heavy())
	s.play(t, scene{name: "cut off for 30 s, heavy traffic", play: quietened(unreachable(w, rule{loss: 1}))})
	s.play(t, scene{name: "gossips, takes nothing for 30 s", play: quietened(unreachable(w, rule{loss: 1, port: actorPort}))})
	s.report(t)
}
