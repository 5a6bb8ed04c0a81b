package identity

import "sync"

// mostKnown is how many users a store remembers: about 2 MB.
const mostKnown = 1 << 16

// known remembers users that were seen to exist, so that sockets can join while
// the database is away. As users are never deleted, what it says stays true; and
// it never says that somebody does not exist.
type known struct {
	most int

	mu  sync.RWMutex
	ids map[string]struct{} // at most most entries
}

func newKnown(most int) *known {
	return &known{most: most, ids: make(map[string]struct{})}
}

func (k *known) has(id string) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	_, ok := k.ids[id]
	return ok
}

// add remembers id. When there is no room it forgets another: which one does not
// matter, as that is only asked for again.
func (k *known) add(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.ids[id]; ok {
		return
	}
	for other := range k.ids {
		if len(k.ids) < k.most {
			break
		}
		delete(k.ids, other)
	}
	k.ids[id] = struct{}{}
}
