package actors

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// switchboard holds the lines of all sockets that are open on a node.
type switchboard struct {
	mu    sync.Mutex
	lines map[*Line]struct{}
	empty chan struct{} // not nil while somebody waits; closed when no line is left
}

func newSwitchboard() *switchboard { return &switchboard{lines: make(map[*Line]struct{})} }

// add puts a line in, unless its socket has ended meanwhile.
func (b *switchboard) add(l *Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !l.ended() {
		b.lines[l] = struct{}{}
	}
}

func (b *switchboard) remove(l *Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.lines, l)
	if len(b.lines) == 0 && b.empty != nil {
		close(b.empty)
		b.empty = nil
	}
}

func (b *switchboard) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.lines)
}

// all returns the lines that are open now.
func (b *switchboard) all() []*Line {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Keys(b.lines))
}

// wait returns nil when no line is open, or the error of ctx.
func (b *switchboard) wait(ctx context.Context) error {
	b.mu.Lock()
	if len(b.lines) == 0 {
		b.mu.Unlock()
		return nil
	}
	if b.empty == nil {
		b.empty = make(chan struct{})
	}
	empty := b.empty
	b.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
