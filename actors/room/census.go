package room

import (
	"strings"
	"sync"

	"github.com/google/btree"
)

// Census is how many sockets each room has on a node. Rosters keep it, so that whoever
// asks for rooms asks none of them. It may be used by any goroutine; the zero value is
// empty.
type Census struct {
	mu    sync.RWMutex
	rooms *btree.BTreeG[Populace] // by the bytes of the names; nil before the first
}

// Populace is a room, and how many sockets it has; one at least.
type Populace struct {
	Room    string
	Sockets int
}

// add counts so many sockets of a room more, or fewer.
func (c *Census) add(room string, sockets int) {
	if sockets == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rooms == nil {
		c.rooms = btree.NewG(32, func(a, b Populace) bool { return a.Room < b.Room })
	}
	now := Populace{Room: room}
	if before, there := c.rooms.Get(now); there {
		now = before
	}
	if now.Sockets += sockets; now.Sockets > 0 {
		c.rooms.ReplaceOrInsert(now)
	} else {
		c.rooms.Delete(now)
	}
}

// Of returns how many sockets a room has here.
func (c *Census) Of(room string) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.rooms == nil {
		return 0
	}
	populace, _ := c.rooms.Get(Populace{Room: room})
	return populace.Sockets
}

// Page returns the first rooms of this prefix behind a name, at most limit, by the bytes
// of their names; and whether there are more.
func (c *Census) Page(after, prefix string, limit int) (page []Populace, more bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.rooms == nil {
		return nil, false
	}
	c.rooms.AscendGreaterOrEqual(Populace{Room: max(after, prefix)}, func(p Populace) bool {
		switch {
		case p.Room == after:
			return true
		case !strings.HasPrefix(p.Room, prefix):
			return false // nor does any behind it
		case len(page) == limit:
			more = true
			return false
		}
		page = append(page, p)
		return true
	})
	return page, more
}
