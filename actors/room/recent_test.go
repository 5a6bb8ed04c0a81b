package room

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestRecentIDsHoldTheLatest(t *testing.T) {
	var r recentIDs
	if r.has("a") {
		t.Error("nothing was added")
	}
	r.remove("a")
	const n = 5 * recentLimit
	for i := range n {
		r.add(idOf(i), 1)
		if held := len(r.young) + len(r.old); held > 2*recentLimit {
			t.Fatalf("holds %d ids", held)
		}
	}
	for i := range n {
		if i >= n-recentLimit && !r.has(idOf(i)) {
			t.Fatalf("forgot number %d of %d", i, n)
		}
	}
	if r.has(idOf(0)) {
		t.Error("the first one is still there")
	}
}

func TestRecentIDIsForgottenWhereverItIs(t *testing.T) {
	var r recentIDs
	for i := range recentLimit + 1 {
		r.add(idOf(i), 1)
	}
	for _, i := range []int{0, recentLimit} { // one of each generation
		r.remove(idOf(i))
		if r.has(idOf(i)) {
			t.Errorf("still knows number %d", i)
		}
	}
	r.add(idOf(1), 1) // now in both generations
	r.remove(idOf(1))
	if r.has(idOf(1)) {
		t.Error("still knows number 1")
	}
}

func TestRecentIDsAreForgottenInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recentIDs
		pass := func(d time.Duration) { <-time.After(d) }
		known := func(want ...bool) {
			t.Helper()
			for i, want := range want {
				if r.has(idOf(i)) != want {
					t.Errorf("number %d: known %v", i, !want)
				}
			}
		}
		r.add(idOf(0), 1)
		pass(recentFor - 1)
		r.add(idOf(1), 1)
		pass(recentFor)
		r.add(idOf(2), 1)
		known(true, true, true)
		pass(recentFor)
		r.add(idOf(3), 1)
		known(false, false, true, true)
		r.add(idOf(2), 1)
		r.remove(idOf(3))
		pass(recentFor)
		r.add(idOf(4), 1)
		known(false, false, true, false, true)
	})
}
