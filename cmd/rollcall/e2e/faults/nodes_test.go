//go:build unix

package faults

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// victim draws a node.
func (s *stage) victim() *harness.Node { return s.crowd.Nodes[s.random.IntN(len(s.crowd.Nodes))] }

// whileUp lets the crowd go on for a while after something is whole again, or
// broken, so that there is something to judge.
const whileUp = 2 * time.Second

// longGone is how long a node stays away that everybody is to have evicted.
const longGone = 3 * time.Second

// fallen is a node that was killed, or stands still.
type fallen struct {
	*history.Failing
	rise func()
}

func (s *stage) kill(n *harness.Node) fallen {
	outage := s.crowd.Recorder.Fail(n.Name, true, true)
	n.Kill()
	outage.Full()
	return fallen{outage, n.Start}
}

func (s *stage) freeze(n *harness.Node) fallen {
	outage := s.crowd.Recorder.Fail(n.Name, false, true)
	n.Freeze()
	outage.Full()
	return fallen{outage, n.Thaw}
}

// again has the node start, under the same name at the same address, or go on.
func (f fallen) again() {
	f.Until()
	f.rise()
}

// rejoin has a node that was killed start again, and waits until it is a member.
func (s *stage) rejoin(t testing.TB, f fallen) {
	t.Helper()
	f.again()
	harness.AwaitMembers(t, s.crowd.Nodes...)
	f.Over()
	s.crowd.Recorder.Mend()
}

// mended waits, after what was broken is no more, until the cluster is whole.
func (s *stage) mended(t testing.TB) {
	t.Helper()
	s.crowd.Recorder.Mend()
	harness.Eventually(t, harness.Patience, s.crowd.Whole)
}

// killed kills a node, and starts it again after a while. If that is at once, its
// name may still be taken by its former self.
func killed(d time.Duration) func(testing.TB, *stage) {
	return func(t testing.TB, s *stage) {
		f := s.kill(s.victim())
		pass(t, d)
		s.rejoin(t, f)
		pass(t, whileUp)
	}
}

// frozen stops a node's execution for a while.
func frozen(d time.Duration) func(testing.TB, *stage) {
	return func(t testing.TB, s *stage) {
		end := stiff(t, s, s.victim())
		pass(t, d)
		end()
		pass(t, whileUp)
	}
}

// stiff freezes a node until end is called.
func stiff(t testing.TB, s *stage, victim *harness.Node) (end func()) {
	f := s.freeze(victim)
	return func() {
		f.again()
		s.mended(t)
		f.Over()
	}
}

// TestNodesFail plays what can happen to nodes, one after the other.
func TestNodesFail(t *testing.T) {
	all := everything(t)
	s := setUpLocal(t, crowd.Usual())
	for _, of := range []scene{
		{"nothing", true, func(t testing.TB, _ *stage) { pass(t, 2*whileUp) }},
		{"kill -9", false, killed(longGone)},
		{"kill -9, back at once", true, killed(0)},
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
