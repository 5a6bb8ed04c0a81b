package actorstest

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Page compares a page of docs/reference with what the program says of itself. The page is
// written instead if ROLLCALL_GENERATE is set, as `task generate` does.
func Page(t testing.TB, path, want string) {
	t.Helper()
	if os.Getenv("ROLLCALL_GENERATE") != "" {
		Must(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	got, err := os.ReadFile(path)
	Must(t, err)
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("%s is out of date: run task generate, and commit what it has written (-page +program):\n%s", path, diff)
	}
}
