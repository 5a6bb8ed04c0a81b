package actorstest

import "testing"

// Must fails the test at once if a step of its preparation, or one that is not
// what it tests, has failed.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
