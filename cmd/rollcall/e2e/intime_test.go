//go:build unix

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// tries is how often a scene is played in which something came late.
const tries = 3

// late is what came later in a scene than the product promises. What was wrong,
// however late, is none of it and fails the test at once.
type late []string

func (l *late) note(format string, a ...any) { *l = append(*l, fmt.Sprintf(format, a...)) }

// inTime plays a scene in which the product keeps bounds of time. The machine of
// a test may be so busy that no program could, so the scene is played again, from
// the beginning, if something was late; but not for ever.
func inTime(t *testing.T, scene func(t *testing.T) late) {
	t.Helper()
	for try := 1; try <= tries; try++ {
		var l late
		if !t.Run(fmt.Sprintf("try %d", try), func(t *testing.T) { l = scene(t) }) || len(l) == 0 {
			return
		}
		t.Logf("try %d was late:\n%s", try, strings.Join(l, "\n"))
	}
	t.Errorf("late in %d tries of %d", tries, tries)
}

// hopeless is how long something may take until a busy machine is no excuse any
// more: less than the pace of what mends lost messages in the end (10 s).
const hopeless = 8 * time.Second

// until waits for something that is promised within a time from a moment on, and
// notes how late it came.
func (l *late) until(t testing.TB, what string, from time.Time, within time.Duration, holds func() error) {
	t.Helper()
	harness.Eventually(t, harness.Patience, holds)
	switch took := time.Since(from).Round(time.Millisecond); {
	case took > hopeless:
		t.Errorf("%s came after %v, not within %v", what, took, within)
	case took > within:
		l.note("%s came after %v, not within %v", what, took, within)
	}
}

// pass waits until so much time has gone by since a moment.
func pass(t testing.TB, since time.Time, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(time.Until(since.Add(d)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}
