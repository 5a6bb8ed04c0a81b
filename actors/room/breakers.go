package room

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rollcall/rollcall/actors/membership"
)

// DoubtPatience is how long a roll call waits for a node that did not answer an
// earlier one: much longer than a node needs that is well.
const DoubtPatience = 20 * time.Millisecond

// Breakers are the nodes that are in doubt: one that missed the deadline of a roll
// call is waited for only briefly in all that follow, until it answers anything,
// or membership has decided. So one silent node costs one deadline, not one for
// each query. Methods may be called from any goroutine.
type Breakers struct {
	mu   sync.Mutex // of those who write
	open atomic.Pointer[map[string]bool]
}

// Missed puts the incarnation of a node in doubt.
func (b *Breakers) Missed(system string) {
	b.change(func(open map[string]bool) { open[system] = true })
}

// Answered takes the doubt away.
func (b *Breakers) Answered(system string) {
	if b.Doubts(system) {
		b.change(func(open map[string]bool) { delete(open, system) })
	}
}

// Keep forgets who is no member any more: should it be back, it starts afresh.
func (b *Breakers) Keep(view *membership.View) {
	if b.open.Load() == nil {
		return
	}
	b.change(func(open map[string]bool) {
		maps.DeleteFunc(open, func(system string, _ bool) bool {
			_, member := view.BySystem(system)
			return !member
		})
	})
}

// Doubts reports whether that incarnation of a node is in doubt.
func (b *Breakers) Doubts(system string) bool {
	open := b.open.Load()
	return open != nil && (*open)[system]
}

func (b *Breakers) change(do func(map[string]bool)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := make(map[string]bool)
	if open := b.open.Load(); open != nil {
		maps.Copy(next, *open)
	}
	do(next)
	if len(next) == 0 {
		b.open.Store(nil)
		return
	}
	b.open.Store(&next)
}
