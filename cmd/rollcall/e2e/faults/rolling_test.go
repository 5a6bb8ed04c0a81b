//go:build unix

package faults

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// backLimit is how soon a client that is sent away is in the roll again.
const backLimit = 3 * time.Second

// rolling stops each node (SIGTERM) and starts it again, one after the other.
func rolling(t testing.TB, s *stage) {
	for _, n := range s.crowd.Nodes {
		outage := s.crowd.Recorder.Fail(n.Name, true, false)
		n.Terminate()
		outage.Full()
		outage.Until()
		n.Start()
		harness.AwaitMembers(t, s.crowd.Nodes...)
		outage.Over()
		pass(t, time.Second)
	}
	s.crowd.Recorder.Mend()
	pass(t, whileUp)
}

// A rolling restart of all nodes under load is noticed by nobody: no roll is
// incomplete, clients are soon back, and no change of a name is lost.
func TestARollingRestartIsNotNoticed(t *testing.T) {
	s := setUpLocal(t, crowd.Usual(), "--drain", "1s")
	v := s.play(t, scene{name: "rolling restart", play: rolling})
	if v.Lost > 0 {
		t.Errorf("%d rolls name a node as lost that said goodbye", v.Lost)
	}
	if missing := v.Named - v.Lost; missing > 0 {
		t.Logf("late: %d of %d rolls were not complete, the longest took %v", missing, v.Asked, v.Longest)
		if missing > v.Asked/10 {
			t.Errorf("%d of %d rolls were not complete", missing, v.Asked)
		}
	}
	switch {
	case s.away > hopeless:
		t.Errorf("a client was away for %v", s.away)
	case s.away > backLimit:
		t.Logf("late: a client was away for %v", s.away)
	}
	s.report(t)
}

// hopeless is how long something may take until a busy machine is no excuse any more.
const hopeless = 10 * time.Second
