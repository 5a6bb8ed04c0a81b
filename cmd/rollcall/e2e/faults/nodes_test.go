//go:build unix

package faults

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// victim draws a node.
func (s *stage) victim() *harness.Node { return s.crowd.nodes[s.random.IntN(len(s.crowd.nodes))] }

// whileUp lets the crowd go on for a while after something is whole again, or
// broken, so that there is something to judge.
const whileUp = 2 * time.Second

// killed kills a node, and starts it again under the same name at the same address.
func killed(t testing.TB, s *stage) {
	victim := s.victim()
	outage := s.crowd.recorder.Fail(victim.Name, true, true)
	victim.Kill()
	outage.Full()
	pass(t, 3*time.Second)
	outage.Until()
	victim.Start()
	harness.AwaitMembers(t, s.crowd.nodes...)
	outage.Over()
	s.crowd.recorder.Mend()
	pass(t, whileUp)
}

// restarted kills a node and starts it again at once: its name may still be taken
// by its former self.
func restarted(t testing.TB, s *stage) {
	victim := s.victim()
	outage := s.crowd.recorder.Fail(victim.Name, true, true)
	victim.Kill()
	outage.Full()
	outage.Until()
	victim.Start()
	harness.AwaitMembers(t, s.crowd.nodes...)
	outage.Over()
	s.crowd.recorder.Mend()
	pass(t, whileUp)
}

// frozen stops a node's execution for a while.
func frozen(d time.Duration) func(testing.TB, *stage) {
	return func(t testing.TB, s *stage) {
		victim := s.victim()
		outage := s.crowd.recorder.Fail(victim.Name, false, true)
		victim.Freeze()
		outage.Full()
		pass(t, d)
		outage.Until()
		victim.Thaw()
		s.crowd.recorder.Mend()
		harness.Eventually(t, harness.Patience, s.whole)
		outage.Over()
		pass(t, whileUp)
	}
}

// TestNodesFail plays what can happen to nodes, one after the other.
func TestNodesFail(t *testing.T) {
	all := everything(t)
	s := setUpLocal(t, usual())
	for _, of := range []scene{
		{"nothing", true, func(t testing.TB, _ *stage) { pass(t, 2*whileUp) }},
		{"kill -9", false, killed},
		{"kill -9, back at once", true, restarted},
		{"frozen for 1 s", true, frozen(time.Second)},
		{"frozen for 4 s", false, frozen(4 * time.Second)},
		{"frozen for 10 s", true, frozen(10 * time.Second)},
		{"frozen for 60 s", true, frozen(60 * time.Second)},
	} {
		if all || !of.long {
			s.play(t, of)
		}
	}
	s.report(t)
}
