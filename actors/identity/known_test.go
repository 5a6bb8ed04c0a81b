package identity

import (
	"strconv"
	"testing"
)

func TestKnownUsersAreBounded(t *testing.T) {
	k := newKnown(3)
	for n := range 10 {
		id := strconv.Itoa(n)
		k.add(id)
		k.add(id)
		if !k.has(id) {
			t.Fatalf("user %s is forgotten as soon as seen", id)
		}
		if len(k.ids) > 3 {
			t.Fatalf("%d users are remembered, 3 are the limit", len(k.ids))
		}
	}
	if k.has("99") {
		t.Error("knows a user who was never seen")
	}
}
