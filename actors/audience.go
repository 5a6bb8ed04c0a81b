package actors

import "strings"

// audience counts the sockets of each user in one room, here or elsewhere: the
// room's events about a user concern whoever shares the room with that user.
type audience struct {
	counts map[string]int
	told   map[string]int64 // latest version of the user that this roster passed on

	// arrived and departed are called when the first socket of a user appears in
	// the room and when the last one is gone.
	arrived, departed func(user string)
}

func newAudience(arrived, departed func(user string)) *audience {
	return &audience{
		counts: make(map[string]int), told: make(map[string]int64),
		arrived: arrived, departed: departed,
	}
}

func (a *audience) add(user string) {
	if a.counts[user] > 0 {
		a.counts[user]++
		return
	}
	user = strings.Clone(user) // it may be a piece of a whole roster's text
	a.counts[user] = 1
	a.arrived(user)
}

func (a *audience) remove(user string) {
	a.counts[user]--
	if a.counts[user] > 0 {
		return
	}
	delete(a.counts, user)
	delete(a.told, user)
	a.departed(user)
}

// hears reports whether version of user is news to this room, and notes it:
// each version of a user is passed on once.
func (a *audience) hears(user string, version int64) bool {
	if a.counts[user] == 0 || version <= a.told[user] {
		return false
	}
	a.told[user] = version
	return true
}

// disband forgets everyone.
func (a *audience) disband() {
	for user := range a.counts {
		a.departed(user)
	}
	clear(a.counts)
	clear(a.told)
}
