package quota

import (
	"context"
	"slices"
	"sync"
)

// leastTaken is what holding anything costs at least, in bytes.
const leastTaken = 512

// Budget is how many bytes may be held at a time: for all together, and for each site,
// which is an address or whatever else tells clients apart. Who finds it full waits, in
// order, until enough was given back. It may be used from any goroutine.
type Budget struct {
	most, perSite int // 0 for any

	mu      sync.Mutex
	used    int
	sites   map[string]int // of those who hold any
	waiting []*waiter      // first come first
}

type waiter struct {
	site string
	n    int
	has  chan struct{} // closed when it has got what it waits for
}

// NewBudget returns a budget of so many bytes in all and for each site; 0 is any.
func NewBudget(most, perSite int) *Budget {
	return &Budget{most: most, perSite: perSite, sites: make(map[string]int)}
}

// Take takes n bytes for a site. What is more than there ever is counts as all there
// is. give must be called when they are held no more. The error is that of ctx.
//
// Of a nil budget everybody gets what they want.
func (b *Budget) Take(ctx context.Context, site string, n int) (give func(), err error) {
	keep, err := b.TakeUpTo(ctx, site, n)
	if err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { keep(0) }), nil
}

// TakeUpTo is Take for what may turn out to be less: keep gives back all but so many bytes.
// It is called when that is known, and with 0 in the end, by one goroutine at a time.
func (b *Budget) TakeUpTo(ctx context.Context, site string, n int) (keep func(bytes int), err error) {
	if b == nil {
		return func(int) {}, nil
	}
	n = max(n, leastTaken)
	if b.most > 0 {
		n = min(n, b.most)
	}
	if b.perSite > 0 {
		n = min(n, b.perSite)
	}
	held := n
	keep = func(bytes int) {
		if bytes < held {
			b.give(site, held-bytes)
			held = bytes
		}
	}
	b.mu.Lock()
	if len(b.waiting) == 0 && b.fits(site, n) {
		b.take(site, n)
		b.mu.Unlock()
		return keep, nil
	}
	w := &waiter{site: site, n: n, has: make(chan struct{})}
	b.waiting = append(b.waiting, w)
	b.grant()
	b.mu.Unlock()
	select {
	case <-w.has:
		return keep, nil
	case <-ctx.Done():
		if b.withdraw(w) {
			keep(0) // it came at the same moment
		}
		return nil, ctx.Err()
	}
}

// Used returns how many bytes are held.
func (b *Budget) Used() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// withdraw takes a waiter out, and reports whether it has got what it waited for.
func (b *Budget) withdraw(w *waiter) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.Index(b.waiting, w)
	if i < 0 {
		return true
	}
	b.waiting = slices.Delete(b.waiting, i, i+1)
	b.grant() // those behind it may be smaller
	return false
}

func (b *Budget) give(site string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	if b.sites[site] -= n; b.sites[site] == 0 {
		delete(b.sites, site)
	}
	b.grant()
}

// grant gives those who wait what there is, with mu held. A site that has all that it
// may have holds up nobody else; who waits for the rest of all goes before all others.
func (b *Budget) grant() {
	stuck := false
	b.waiting = slices.DeleteFunc(b.waiting, func(w *waiter) bool {
		switch {
		case stuck || b.perSite > 0 && b.sites[w.site]+w.n > b.perSite:
			return false
		case !b.fits(w.site, w.n):
			stuck = true
			return false
		}
		b.take(w.site, w.n)
		close(w.has)
		return true
	})
}

func (b *Budget) fits(site string, n int) bool {
	return (b.most == 0 || b.used+n <= b.most) && (b.perSite == 0 || b.sites[site]+n <= b.perSite)
}

func (b *Budget) take(site string, n int) {
	b.used += n
	b.sites[site] += n
}
