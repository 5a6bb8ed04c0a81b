package identity

import "sync"

// mostKnown is how many users a store remembers: about 4 MB.
const mostKnown = 1 << 16

// known remembers users that were seen to exist, and at which version, so that
// sockets can join while the database is away. A user who is removed is forgotten as
// soon as this process hears of it; and it never says that somebody does not exist.
type known struct {
	most int

	mu        sync.RWMutex
	versions  map[string]int64 // at most most entries
	forgotten mark             // counts the removals that were heard of
}

// mark is a moment between two removals.
type mark uint64

func newKnown(most int) *known {
	return &known{most: most, versions: make(map[string]int64)}
}

// version returns the version at which a user was seen last, 0 for one that is not known.
func (k *known) version(id string) int64 {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.versions[id]
}

// mark returns what add wants to know: it is taken before the database is read.
func (k *known) mark() mark {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.forgotten
}

// add remembers users who were read from the database after since. It does not if
// anybody was removed meanwhile: that may be one of them, as the reading may be older
// than the removal. When there is no room it forgets another: which one does not
// matter, as that is only asked for again.
func (k *known) add(since mark, users ...User) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.forgotten != since {
		return
	}
	for _, user := range users {
		k.put(user)
	}
}

func (k *known) put(user User) {
	before, ok := k.versions[user.ID]
	for other := range k.versions {
		if ok || len(k.versions) < k.most {
			break
		}
		delete(k.versions, other)
	}
	k.versions[user.ID] = max(before, user.Version)
}

// raise notes that a user who is known has a new version.
func (k *known) raise(id string, version int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if before, ok := k.versions[id]; ok {
		k.versions[id] = max(before, version)
	}
}

// clear forgets everybody.
func (k *known) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forgotten++
	clear(k.versions)
}

// forget says that a user was removed at a version. Who was added again since stays.
func (k *known) forget(id string, version int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forgotten++
	if k.versions[id] < version {
		delete(k.versions, id)
	}
}
