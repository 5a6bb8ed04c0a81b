package actors

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rollcall/rollcall/actors/membership"
)

// doubtPatience is how long a roll call waits for a node that did not answer an
// earlier one: much longer than a node needs that is well.
const doubtPatience = 20 * time.Millisecond

// breakers are the nodes that are in doubt: one that missed the deadline of a roll
// call is waited for only briefly in all that follow, until it answers anything,
// or membership has decided. So one silent node costs one deadline, not one for
// each query. Methods may be called from any goroutine.
type breakers struct {
	mu   sync.Mutex // of those who write
	open atomic.Pointer[map[string]bool]
}

// missed puts the incarnation of a node in doubt.
func (b *breakers) missed(system string) {
	b.change(func(open map[string]bool) { open[system] = true })
}

// answered takes the doubt away.
func (b *breakers) answered(system string) {
	if b.doubts(system) {
		b.change(func(open map[string]bool) { delete(open, system) })
	}
}

// keep forgets who is no member any more: should it be back, it starts afresh.
func (b *breakers) keep(view *membership.View) {
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

// doubts reports whether that incarnation of a node is in doubt.
func (b *breakers) doubts(system string) bool {
	open := b.open.Load()
	return open != nil && (*open)[system]
}

func (b *breakers) change(do func(map[string]bool)) {
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
