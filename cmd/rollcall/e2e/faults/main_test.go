//go:build unix

// Package faults breaks a cluster of real processes in every way it knows, while a
// crowd of clients comes and goes, renames users and calls rolls; and judges by
// what the clients saw whether the product kept its promises (package history).
//
// A part of it runs with every test. ROLLCALL_FAULTS=all runs everything, for
// which it must be root on Linux.
package faults

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	extentVariable = "ROLLCALL_FAULTS" // "all" runs everything
	seedVariable   = "FAULTS_SEED"     // of what a run draws
)

// everything reports whether the long version was asked for, and says which one
// runs.
func everything(t testing.TB) bool {
	t.Helper()
	if os.Getenv(extentVariable) == "all" {
		t.Log("this is the long version")
		return true
	}
	t.Logf("this is the short version; %s=all, or task test:faults, runs the long one", extentVariable)
	return false
}

// longOnly skips a test in the short version, by the name of what is not played.
func longOnly(t testing.TB, what string) {
	t.Helper()
	if !everything(t) {
		t.Skipf("not played: %s", what)
	}
}

// lengthOf returns how long something is to last, as an environment variable says.
func lengthOf(t testing.TB, variable string, otherwise time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return d
}

// seed returns what everything random in this run follows from.
func seed(t testing.TB) uint64 {
	t.Helper()
	value := uint64(time.Now().UnixNano())
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		if value, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s: %v", seedVariable, err)
		}
	}
	t.Logf("%s=%d plays this again", seedVariable, value)
	return value
}
