package quota

import (
	"container/list"
	"sync"
)

// SmallPartial is up to how many bytes what a client has begun to send is not counted:
// nearly all of it is, and connections are bounded in number.
const SmallPartial = 16 << 10

// Partials is how many bytes may be held of what clients have begun to send and not
// ended: of all together, and of each site, which is an address or whatever else tells
// clients apart. If there is more somebody gives way: of the site that has the most, or
// has more than it may, who began first, as others end at once what they begin. It may be
// used from any goroutine.
type Partials struct {
	most, perSite int // 0 for any

	mu      sync.Mutex
	used    int
	sites   map[string]*begun // of those who are counted
	gaveWay uint64
}

// begun is what the clients of a site have begun.
type begun struct {
	bytes int
	list  list.List // of *Partial; who began first comes first
}

// Partial is what one client has begun to send. Its methods are called by one goroutine.
type Partial struct {
	of      *Partials
	site    string
	giveWay func()
	in      bool // it is counted, or was until it had to give way

	bytes int           // guarded by of.mu, as is what follows
	at    *list.Element // nil while it is not counted
}

// NewPartials returns room for so many bytes in all and of each site; 0 is any.
func NewPartials(most, perSite int) *Partials {
	return &Partials{most: most, perSite: perSite, sites: make(map[string]*begun)}
}

// Begin returns what a client of a site holds from now on, which is nothing yet. giveWay
// is called when it is to let go of it, from any goroutine, and must not wait.
//
// Of nil Partials everybody holds what they want.
func (k *Partials) Begin(site string, giveWay func()) *Partial {
	if k == nil {
		return nil
	}
	return &Partial{of: k, site: site, giveWay: giveWay}
}

// Holds says how many bytes are held of it now; 0 when it has ended. Others may have to
// give way for it. It does so no more itself until it has ended.
func (p *Partial) Holds(n int) {
	if p == nil || !p.in && n <= SmallPartial {
		return
	}
	for _, other := range p.of.hold(p, n) {
		other.giveWay()
	}
}

// Held returns how many bytes are held.
func (k *Partials) Held() int {
	if k == nil {
		return 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.used
}

// GaveWay returns how many had to give way.
func (k *Partials) GaveWay() uint64 {
	if k == nil {
		return 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gaveWay
}

// hold counts n bytes for p, and returns who has to give way for that.
func (k *Partials) hold(p *Partial, n int) (surplus []*Partial) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case n == 0:
		k.leave(p)
		p.in = false
		return nil
	case !p.in:
		p.in = true
		k.enter(p)
	case p.at == nil: // it gave way
		return nil
	}
	k.count(p, n-p.bytes)
	for {
		other := k.surplus(p)
		if other == nil {
			return surplus
		}
		k.leave(other)
		k.gaveWay++
		surplus = append(surplus, other)
	}
}

// surplus returns who has to give way, now that p has grown; nil for nobody. It is not p:
// one alone is bounded by what a client may send.
func (k *Partials) surplus(p *Partial) *Partial {
	if own := k.sites[p.site]; k.perSite > 0 && own.bytes > k.perSite {
		if other := own.first(p); other != nil {
			return other
		}
	}
	if k.most == 0 || k.used <= k.most {
		return nil
	}
	var found *Partial
	most := 0
	for _, site := range k.sites {
		if other := site.first(p); other != nil && site.bytes > most {
			found, most = other, site.bytes
		}
	}
	return found
}

// first returns who began first, besides p; nil for nobody.
func (b *begun) first(p *Partial) *Partial {
	e := b.list.Front()
	if e != nil && e.Value.(*Partial) == p {
		e = e.Next()
	}
	if e == nil {
		return nil
	}
	return e.Value.(*Partial)
}

func (k *Partials) enter(p *Partial) {
	site := k.sites[p.site]
	if site == nil {
		site = new(begun)
		k.sites[p.site] = site
	}
	p.at = site.list.PushBack(p)
}

// leave counts p no more, if it was.
func (k *Partials) leave(p *Partial) {
	if p.at == nil {
		return
	}
	k.count(p, -p.bytes)
	site := k.sites[p.site]
	site.list.Remove(p.at)
	p.at = nil
	if site.list.Len() == 0 {
		delete(k.sites, p.site)
	}
}

func (k *Partials) count(p *Partial, more int) {
	p.bytes += more
	k.sites[p.site].bytes += more
	k.used += more
}
