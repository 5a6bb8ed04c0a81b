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

// Whatever the order in which readings end and revocations are heard of: once a process has
// heard of one, no token that it is about is let in by what is remembered; and what is
// remembered is never a moment that nobody said.
func TestKnownRemembersWhatWasRevoked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type reading struct {
			since     mark
			standings map[string]Standing // or of versions alone
			user      User
		}
		k := newKnown(2)
		said := map[string]int64{"a": 0, "b": 0, "c": 0} // as the database has it
		heard := map[string]int64{}                      // the latest that was heard of
		onTheWay := map[string][]int64{}                 // in any order, any number of times
		var readings []reading
		id := func() string { return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id") }
		t.Repeat(map[string]func(*rapid.T){
			"revoke": func(*rapid.T) {
				id := id()
				said[id] += rapid.Int64Range(1, 3).Draw(t, "later")
				onTheWay[id] = append(onTheWay[id], said[id])
			},
			"hear": func(*rapid.T) {
				if id := id(); len(onTheWay[id]) > 0 {
					moment := rapid.SampledFrom(onTheWay[id]).Draw(t, "moment")
					k.revoke(id, moment)
					heard[id] = max(heard[id], moment)
				}
			},
			"rename": func(*rapid.T) { k.raise(id(), 2) },
			"begin to read": func(*rapid.T) {
				id := id()
				readings = append(readings, reading{since: k.mark(), standings: map[string]Standing{id: standingOf(1, said[id])}})
			},
			"begin to read a user": func(*rapid.T) {
				readings = append(readings, reading{since: k.mark(), user: User{ID: id(), Version: 1}})
			},
			"end to read": func(*rapid.T) {
				if len(readings) == 0 {
					return
				}
				i := rapid.IntRange(0, len(readings)-1).Draw(t, "which")
				if r := readings[i]; r.standings != nil {
					k.note(r.since, r.standings)
				} else {
					k.add(r.since, r.user)
				}
				readings = append(readings[:i], readings[i+1:]...)
			},
			"": func(t *rapid.T) {
				for id := range said {
					standing, ok := k.standing(id)
					if !ok {
						continue
					}
					moment := int64(0)
					if !standing.NotBefore.IsZero() {
						moment = standing.NotBefore.Unix()
					}
					if moment < heard[id] || moment > said[id] {
						t.Fatalf("%s: not before %d, heard %d, said %d", id, moment, heard[id], said[id])
					}
				}
			},
		})
	})
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
