package actors

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors/membership"
)

// company remembers since when each node has been a member, and who has gone. The
// view of the members knows neither: it forgets who left.
type company struct {
	mu      sync.Mutex
	present map[string]time.Time // since when, by name
	gone    map[string]Gone
}

// Gone is a node that was a member.
type Gone struct {
	Member membership.Member // as it was known last
	Since  time.Time
}

func newCompany() *company {
	return &company{present: make(map[string]time.Time), gone: make(map[string]Gone)}
}

// meet takes in who was there before changes were heard of.
func (c *company) meet(view *membership.View, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range view.Members {
		if _, known := c.present[m.Name]; !known {
			c.present[m.Name] = now
		}
	}
}

// changed takes a new view in.
func (c *company) changed(change membership.ViewChanged, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range slices.Concat(change.Left(), change.Failed()) {
		delete(c.present, m.Name)
		c.gone[m.Name] = Gone{Member: m, Since: now}
	}
	for _, m := range change.Joined() {
		c.present[m.Name] = now
		delete(c.gone, m.Name)
	}
}

// since returns since when a node has been a member; now if it is none.
func (c *company) since(name string, now time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if since, ok := c.present[name]; ok {
		return since
	}
	return now
}

// goneAt returns who is gone, and has been for less than [membership.LostFor], by name.
func (c *company) goneAt(now time.Time) []Gone {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []Gone
	for name, g := range c.gone {
		if now.Sub(g.Since) >= membership.LostFor {
			delete(c.gone, name)
			continue
		}
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b Gone) int { return cmp.Compare(a.Member.Name, b.Member.Name) })
	return list
}
