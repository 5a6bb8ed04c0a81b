//go:build unix

package faults

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
)

// outageTime is how long Redis or the database is away in the scenes.
const outageTime = 4 * time.Second

// broken has something that is no node broken for a while.
func broken(brk, mend func(testing.TB, *stage)) func(testing.TB, *stage) {
	return func(t testing.TB, s *stage) {
		s.crowd.Recorder.Break()
		brk(t, s)
		pass(t, outageTime)
		mend(t, s)
		s.crowd.Recorder.Mend()
		s.untilRenamed(t)
		pass(t, whileUp)
	}
}

// mustPlayWhole plays a scene of which rolls must not notice anything: a roll may
// be incomplete only if this machine was so busy that it was late. A rename may be
// refused, but not left without an answer.
func (s *stage) mustPlayWhole(t testing.TB, of scene) history.Verdict {
	t.Helper()
	v := s.play(t, of)
	if v.Sick > 0 {
		t.Errorf("%s: %d rolls were not answered", of.name, v.Sick)
	}
	if n := s.renames.Unanswered; n > 0 {
		t.Errorf("%s: %d renames were not answered within %v", of.name, n, crowd.StorePatience)
	}
	if v.Named > 0 {
		t.Logf("late: %d of %d rolls were incomplete, the longest took %v", v.Named, v.Asked, v.Longest)
		if v.Named > v.Asked/10 {
			t.Errorf("%s: %d of %d rolls were incomplete", of.name, v.Named, v.Asked)
		}
	}
	return v
}
