package identity

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestKnownUsersAreBounded(t *testing.T) {
	k := newKnown(3)
	for n := range 10 {
		user := User{ID: strconv.Itoa(n), Version: 1}
		k.add(k.mark(), user)
		k.add(k.mark(), user)
		if k.version(user.ID) != 1 {
			t.Fatalf("user %s is forgotten as soon as seen", user.ID)
		}
		if len(k.users) > 3 {
			t.Fatalf("%d users are remembered, 3 are the limit", len(k.users))
		}
	}
	if k.version("99") != 0 {
		t.Error("knows a user who was never seen")
	}
	k.raise("99", 7)
	if len(k.users) > 3 || k.version("99") != 0 {
		t.Error("learns of users by their changes")
	}
}

// Whatever the order in which readings end and removals are heard of: once a process
// has heard of a removal, it knows nobody of a version before that.
func TestKnownForgetsWhoWasRemoved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type reading struct {
			since mark
			user  User
		}
		k := newKnown(4)
		users := map[string]int64{} // who is there, and at which version
		last := map[string]int64{}  // the last version that each id had
		heard := map[string]int64{} // the last removal of each that was heard of
		var readings []reading
		var removals []User // on their way
		id := func() string { return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id") }
		take := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "which") }
		t.Repeat(map[string]func(*rapid.T){
			"add": func(*rapid.T) {
				if id := id(); users[id] == 0 {
					last[id]++
					users[id] = last[id]
				}
			},
			"rename": func(*rapid.T) {
				if id := id(); users[id] > 0 {
					last[id]++
					users[id] = last[id]
					k.raise(id, last[id])
				}
			},
			"remove": func(*rapid.T) {
				if id := id(); users[id] > 0 {
					last[id]++
					delete(users, id)
					removals = append(removals, User{ID: id, Version: last[id]})
				}
			},
			"hear": func(*rapid.T) { // any, any number of times
				if len(removals) > 0 {
					r := removals[take(len(removals))]
					k.forget(r.ID, r.Version)
					heard[r.ID] = max(heard[r.ID], r.Version)
				}
			},
			"begin to read": func(*rapid.T) {
				since := k.mark()
				if id := id(); users[id] > 0 {
					readings = append(readings, reading{since, User{ID: id, Version: users[id]}})
				}
			},
			"end to read": func(*rapid.T) {
				if len(readings) > 0 {
					i := take(len(readings))
					k.add(readings[i].since, readings[i].user)
					readings = append(readings[:i], readings[i+1:]...)
				}
			},
			"": func(t *rapid.T) {
				for id, removed := range heard {
					if version := k.version(id); version > 0 && version < removed {
						t.Fatalf("knows %s at version %d, removed at %d", id, version, removed)
					}
				}
			},
		})
	})
}
