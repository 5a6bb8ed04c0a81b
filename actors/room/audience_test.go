package room

import (
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
}

func TestAudienceKnowsWhatItWasToldOfThoseInTheRoom(t *testing.T) {
	var left []*userNews
	var a *audience
	a = newAudience(func(string) {}, func(user string) { left = append(left, a.of(user)) })
	if a.of("1") != nil {
		t.Error("knows of a user who is not in the room")
	}
	a.add("1")
	first := a.of("1")
	a.add("1")
	a.remove("1")
	if first == nil || a.of("1") != first {
		t.Error("forgot what was told of a user who is in the room still")
	}
	a.remove("1")
	if len(left) != 1 || left[0] != first || a.of("1") != nil || len(a.news) != 0 {
		t.Error("what is held back is there until the last socket is gone, and not longer")
	}
	a.add("1")
	if a.of("1") == first {
		t.Error("nobody was here to hear it")
	}
}
