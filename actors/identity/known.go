package identity

import "sync"

// mostKnown is how many users a store remembers: about 5 MB.
const mostKnown = 1 << 16

// known remembers users that were seen, and how they stood, so that sockets can join while
// the database is away. A user who is removed is forgotten as soon as this process hears of
// it, and a revocation counts from then on; and it never says that somebody does not exist.
type known struct {
	most int

	mu    sync.RWMutex
	users map[string]seen // at most most entries
	heard mark            // counts the removals and revocations that were heard of
}

// seen is what was seen of a user.
type seen struct {
	version   int64 // 0 for no row
	notBefore int64 // Unix seconds, 0 for none
	asked     bool  // whether tokens are revoked; else notBefore says nothing
}

// mark is a moment between two removals or revocations.
type mark uint64

func newKnown(most int) *known {
	return &known{most: most, users: make(map[string]seen)}
}

// version returns the version at which a user was seen last, 0 for one that is not known.
func (k *known) version(id string) int64 {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.users[id].version
}

// standing returns how a user stood when that was asked last, and false if it was not.
func (k *known) standing(id string) (Standing, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	user := k.users[id]
	return standingOf(user.version, user.notBefore), user.asked
}

// mark returns what add and note want to know: it is taken before the database is read.
func (k *known) mark() mark {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.heard
}

// add remembers users who were read from the database after since. It does not if
// anybody was removed, or had tokens revoked, meanwhile: that may be one of them, as the
// reading may be older than that. When there is no room it forgets another: which one does
// not matter, as that is only asked for again.
func (k *known) add(since mark, users ...User) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.heard != since {
		return
	}
	for _, user := range users {
		k.put(user.ID, seen{version: user.Version})
	}
}

// note remembers how users stood, as add remembers users.
func (k *known) note(since mark, standings map[string]Standing) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.heard != since {
		return
	}
	for id, standing := range standings {
		user := seen{version: standing.Version, asked: true}
		if !standing.NotBefore.IsZero() {
			user.notBefore = standing.NotBefore.Unix()
		}
		k.put(id, user)
	}
}

func (k *known) put(id string, user seen) {
	before, ok := k.users[id]
	for other := range k.users {
		if ok || len(k.users) < k.most {
			break
		}
		delete(k.users, other)
	}
	k.users[id] = seen{
		version:   max(before.version, user.version),
		notBefore: max(before.notBefore, user.notBefore),
		asked:     before.asked || user.asked,
	}
}

// raise notes that a user who is known has a new version.
func (k *known) raise(id string, version int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if user, ok := k.users[id]; ok {
		user.version = max(user.version, version)
		k.users[id] = user
	}
}

// revoke says that tokens of a user are refused that were issued before, in Unix seconds.
func (k *known) revoke(id string, notBefore int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heard++
	if user, ok := k.users[id]; ok {
		user.notBefore = max(user.notBefore, notBefore)
		k.users[id] = user
	}
}

// clear forgets everybody.
func (k *known) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heard++
	clear(k.users)
}

// forget says that a user was removed at a version. Who was added again since stays.
func (k *known) forget(id string, version int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heard++
	if k.users[id].version < version {
		delete(k.users, id)
	}
}
