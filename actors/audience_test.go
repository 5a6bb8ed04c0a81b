package actors

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAudienceTellsOfFirstAndLastSocketOfAUser(t *testing.T) {
	var log []string // -: departed
	a := newAudience(func(u string) { log = append(log, u) }, func(u string) { log = append(log, "-"+u) })
	a.add("1")
	a.add("1")
	a.add("2")
	a.remove("1")
	a.remove("1")
	a.add("1")
	if diff := cmp.Diff([]string{"1", "2", "-1", "1"}, log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	log = nil
	a.disband()
	slices.Sort(log)
	if diff := cmp.Diff([]string{"-1", "-2"}, log); diff != "" || len(a.counts) != 0 {
		t.Errorf("disband (-want +got):\n%s", diff)
	}
}

func TestAudienceHearsEachVersionOnce(t *testing.T) {
	a := newAudience(func(string) {}, func(string) {})
	hears := func(user string, version int64, want bool) {
		t.Helper()
		if got := a.hears(user, version); got != want {
			t.Errorf("version %d of user %s: %v", version, user, got)
		}
	}
	hears("1", 2, false) // not in the room
	a.add("1")
	hears("1", 2, true)
	hears("1", 2, false)
	hears("1", 1, false) // late: the last state wins
	hears("1", 5, true)
	hears("2", 5, false)
	a.remove("1")
	hears("1", 6, false)
	a.add("1")
	hears("1", 6, true) // nobody was here to hear it
}
