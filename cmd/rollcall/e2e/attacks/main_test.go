//go:build linux

// Package attacks does to a cluster of real processes what strangers and loud clients
// may do to it, while a well-behaved crowd beside them comes and goes, speaks, renames
// users and calls rolls; and judges by what that crowd saw whether the product kept its
// promises (package history). Attackers come from loopback addresses of their own, of
// which only Linux has many.
//
// What must hold under each attack: no node is evicted, no roll is wrong, no answer comes
// too late by the clock of the node that gave it, nobody is closed but the attacker, and
// the attacked node's memory is bounded, and comes back within a minute.
//
// A part of it runs with every test. ROLLCALL_ATTACKS=all runs everything, for longer.
package attacks

import (
	"os"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const extentVariable = "ROLLCALL_ATTACKS" // "all" runs everything

// extent is how much of the suite runs.
type extent struct {
	everything bool
	each       time.Duration // how long an attack goes on
}

// extentOf says which extent was asked for.
func extentOf(t testing.TB) extent {
	t.Helper()
	if os.Getenv(extentVariable) == "all" {
		t.Log("this is the long version")
		return extent{everything: true, each: 5 * time.Second}
	}
	t.Logf("this is the short version; %s=all, or task test:attacks, runs the long one", extentVariable)
	return extent{each: 2 * time.Second}
}
