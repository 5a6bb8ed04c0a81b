package room

import "strings"

// audience counts the sockets of each user in one room, here or elsewhere: the
// room's events about a user concern whoever shares the room with that user.
type audience struct {
	counts map[string]int
	news   map[string]*userNews // of users in the room of whom there was any

	// arrived and departed are called when the first socket of a user appears in
	// the room and when the last one is about to be gone.
	arrived, departed func(user string)
}

func newAudience(arrived, departed func(user string)) *audience {
	return &audience{
		counts: make(map[string]int), news: make(map[string]*userNews),
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
	if a.counts[user] > 1 {
		a.counts[user]--
		return
	}
	a.departed(user)
	delete(a.counts, user)
	delete(a.news, user)
}

// of returns what the room was told of a user, nil if the user is not in the room.
func (a *audience) of(user string) *userNews {
	if a.counts[user] == 0 {
		return nil
	}
	news := a.news[user]
	if news == nil {
		news = new(userNews)
		a.news[strings.Clone(user)] = news
	}
	return news
}
