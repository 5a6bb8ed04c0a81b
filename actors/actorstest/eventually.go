// Package actorstest is what the tests of running nodes have in common, here and
// in package web: how they wait for what must happen, and how they see that
// nothing runs on when they are over.
package actorstest

import (
	"testing"
	"time"
)

// Patience is for what must happen; generous, because machines are slow. Nothing
// ever waits longer than it must.
const Patience = 30 * time.Second

// Eventually waits until the condition holds, and fails the test with what it
// waited for if that takes longer than Patience.
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	end, again := time.NewTimer(Patience), time.NewTicker(5*time.Millisecond)
	defer end.Stop()
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-end.C:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
