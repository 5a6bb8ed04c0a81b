package socket

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// crowded is from how many lines on it is worth while to act when half of them have gone.
const crowded = 512

// switchboard holds the lines of all sockets that are open on a node.
type switchboard struct {
	mu    sync.Mutex
	lines map[*Line]struct{}
	empty chan struct{} // not nil while somebody waits; closed when no line is left

	most   int // lines since halved was last called
	halved func()
}

// newSwitchboard returns an empty one. halved is called, under its lock, when half of
// many lines have gone, and again for each half of the rest; it may be nil.
func newSwitchboard(halved func()) *switchboard {
	return &switchboard{lines: make(map[*Line]struct{}), halved: halved}
}

// add puts a line in, unless its socket has ended meanwhile.
func (b *switchboard) add(l *Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !l.ended() {
		b.lines[l] = struct{}{}
		b.most = max(b.most, len(b.lines))
	}
}

func (b *switchboard) remove(l *Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.lines, l)
	if b.halved != nil && b.most >= crowded && len(b.lines) <= b.most/2 {
		b.most = len(b.lines)
		b.halved()
	}
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
