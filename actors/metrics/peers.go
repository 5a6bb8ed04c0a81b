package metrics

import (
	"sync"
	"sync/atomic"
)

// mostPeers bounds how many nodes are counted apart. A cluster has fewer; but
// nodes come back at new addresses.
const mostPeers = 256

// Peers are counters, one for each other node. The zero value is ready.
type Peers struct {
	mu     sync.Mutex
	counts map[string]*atomic.Uint64
}

// Of returns the counter of a node, to be kept by who counts often.
func (p *Peers) Of(peer string) *atomic.Uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.counts[peer]; c != nil {
		return c
	}
	c := new(atomic.Uint64)
	if p.counts == nil {
		p.counts = make(map[string]*atomic.Uint64)
	}
	if len(p.counts) < mostPeers {
		p.counts[peer] = c
	}
	return c
}

// Read returns what was counted so far, by peer.
func (p *Peers) Read() map[string]uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := make(map[string]uint64, len(p.counts))
	for peer, c := range p.counts {
		counts[peer] = c.Load()
	}
	return counts
}

// ByName returns what was counted so far, by the names of peers. Two addresses of one
// name are one node that was restarted; who has no name is no member.
func (p *Peers) ByName(nameOf func(peer string) string) map[string]uint64 {
	named := make(map[string]uint64)
	for peer, n := range p.Read() {
		if name := nameOf(peer); name != "" {
			named[name] += n
		}
	}
	return named
}

// Trim forgets the peers that are not live, once half of the places are taken: not
// earlier, since a message may go to a node that is about to be seen.
func (p *Peers) Trim(live func(peer string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.counts) <= mostPeers/2 {
		return
	}
	for peer := range p.counts {
		if !live(peer) {
			delete(p.counts, peer)
		}
	}
}
