package membership

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rollcall/rollcall/protos/problem"
)

const (
	// mostRivals bounds those that are remembered, and those that are still to be asked.
	mostRivals = 16

	// claimPause bounds how often this node asks where others say that somebody is.
	claimPause = 100 * time.Millisecond

	// sayEvery is the pause between two log lines about a rival.
	sayEvery = time.Minute
)

// claim is what is said of a node: that one of this name lives elsewhere.
type claim struct {
	name   string
	gossip string // ip:port of its memberlist
	actors string // host:port of its actors
}

// rival is a node that has the name of a member, or of this node, and answers by it.
type rival struct {
	claim
	system  string
	started time.Time
	seen    time.Time // when it answered last
	said    time.Time // when it was logged last
}

// rivals are the nodes that share a name with another one: one of them was given up
// while it was cut off or stood still, and its name was given to another. They are no
// members here, and what sits there is not in any roll: so they are named as lost.
type rivals struct {
	claims chan claim // to be looked into; what does not fit is said again

	mu    sync.Mutex
	known map[string]rival // by gossip address
}

func newRivals() *rivals {
	return &rivals{claims: make(chan claim, mostRivals), known: make(map[string]rival)}
}

// hear takes in what is said of a node. It never blocks: memberlist calls it with its
// locks held.
func (r *rivals) hear(c claim) {
	select {
	case r.claims <- c:
	default:
	}
}

func (r *rivals) get(gossip string) (rival, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	one, ok := r.known[gossip]
	return one, ok
}

func (r *rivals) put(one rival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.known[one.gossip]; ok || len(r.known) < mostRivals {
		r.known[one.gossip] = one
	}
}

func (r *rivals) drop(gossip string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, gossip)
}

func (r *rivals) all() []rival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Values(r.known))
}

// lookIntoRivals looks into claims until ctx ends, one at a time, and keeps asking those
// that were found.
func (p *provider) lookIntoRivals(ctx context.Context) {
	again := time.NewTicker(p.config.Timings.Rejoin)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-p.rivals.claims:
			if _, known := p.rivals.get(c.gossip); !known && c.gossip != p.view.Load().Self.Gossip {
				p.lookInto(ctx, rival{claim: c})
				_ = pause(ctx, claimPause)
			}
		case <-again.C:
			for _, known := range p.rivals.all() {
				p.lookInto(ctx, known)
			}
		}
	}
}

// lookInto asks whether there is a node of the name that a rival is said to have.
func (p *provider) lookInto(ctx context.Context, r rival) {
	said, err := whois(ctx, r.actors, p.config.Keys)
	v, now := p.view.Load(), time.Now()
	if ctx.Err() != nil {
		return
	}
	switch {
	case err != nil && now.Sub(r.seen) < LostFor: // it was there: what sits there may still do
		return
	case err != nil || !p.isRival(v, r.claim, said):
		p.rivals.drop(r.gossip)
		p.tell(func(o *observer) bool { return o.reconcile(r.gossip) })
		return
	}
	r.system, r.started, r.seen = said.meta.system, said.meta.started, now
	if now.Sub(r.said) >= sayEvery {
		r.said = now
		p.log.Error("two nodes have one name, and cannot be in one cluster: stop one of them, or give it another name",
			"name", r.name, "at", r.gossip, "unready", p.givesWay(v, r))
	}
	p.rivals.put(r)
	p.tell(func(o *observer) bool { return o.contend(r.name, r.gossip, now) })
}

// isRival judges what a node said of itself, who was said to be a rival.
func (p *provider) isRival(v *View, c claim, said answer) bool {
	member, live := v.ByName(c.name)
	return said.serves && said.name == c.name && said.gossip == c.gossip && said.meta.cluster == p.config.Cluster &&
		said.meta.system != v.Self.System && !(live && member.System == said.meta.system)
}

// givesWay reports whether this node is to be left by its clients because of a rival: its
// name was given to one that was started later, so it was given up. Only who has shown
// that he has the shared key is believed that far.
func (p *provider) givesWay(v *View, r rival) bool {
	self := v.Self
	if p.config.Keys == nil || r.name != self.Name {
		return false
	}
	if d := self.Started.Compare(r.started); d != 0 {
		return d < 0
	}
	return self.System < r.system
}

// rivalry returns why this node is to take no new clients, if so.
func (p *provider) rivalry(now time.Time) error {
	v := p.view.Load()
	for _, r := range p.rivals.all() {
		if p.givesWay(v, r) && now.Sub(r.seen) < 3*p.config.Timings.Rejoin {
			return problem.New(problem.Unavailable, "another node has its name, and was started later")
		}
	}
	return nil
}

// holds reports whether a node that serves, or one that was started before this one, has
// the name that is claimed.
func (p *provider) holds(ctx context.Context, c claim) bool {
	said, err := whois(ctx, c.actors, p.config.Keys)
	if err != nil || said.name != c.name || said.gossip != c.gossip {
		return false
	}
	self := p.view.Load().Self
	return said.serves || said.meta.started.Before(self.Started) ||
		said.meta.started.Equal(self.Started) && said.meta.system < self.System
}
