package membership

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"sync"
	"time"
)

var errStarting = errors.New("membership: still starting")

// join makes this node a member of the cluster that the configured addresses
// lead to. Reaching nobody is no error: it is then the first node, or cut off, which
// it cannot tell apart. It keeps looking, and names whom it has not met as lost. Being
// refused is an error.
func (p *provider) join(ctx context.Context) error {
	started := time.Now()
	targets := p.seek(ctx, func(o *observer, at place) bool { return o.expect(at, started) })
	for ; ; targets = p.seek(ctx, (*observer).find) {
		joined, refused := p.tryJoin(targets)
		if err := ctx.Err(); err != nil {
			return err
		}
		if joined > 0 || refused == nil {
			break
		}
		// The store may have been reset a moment ago, which not all have noticed yet. The
		// name may be held by a node that died a moment ago, or by nobody: others have it
		// from each other.
		late := time.Since(started) >= p.config.Timings.NamePatience
		if refused.ground == otherStore && !late {
			if err := pause(ctx, p.config.Timings.ProbeInterval); err != nil {
				return err
			}
			continue
		}
		if refused.ground != nameTaken || late && p.holds(ctx, refused.claim) {
			return refused.problem()
		}
		if late {
			p.log.Warn("others say that this node's name is taken, but nobody answers there by that name; going on", "at", refused.claim.gossip)
			break
		}
		if err := pause(ctx, p.config.Timings.ProbeInterval); err != nil {
			return err
		}
	}
	p.settle(ctx)
	return nil
}

// seek looks up the configured addresses, has the observer take in what stands behind
// each, and returns all of their targets. Names are resolved at each try: they may be
// those of machines that come later, or move.
func (p *provider) seek(ctx context.Context, takeIn func(*observer, place) bool) (targets []string) {
	for _, found := range p.config.resolve.lookUp(ctx, p.config.Join) {
		if ctx.Err() != nil {
			return nil
		}
		p.complain(found)
		p.tell(func(o *observer) bool { return takeIn(o, found) })
		targets = append(targets, p.strangers(found.at)...)
	}
	slices.Sort(targets)
	return slices.Compact(targets)
}

// complain logs that an address cannot be resolved, or can be again.
func (p *provider) complain(found place) {
	switch {
	case !p.unresolved.note(found):
	case found.err != nil:
		p.log.Warn("an address to join cannot be resolved; trying again", "address", found.address, "err", found.err)
	default:
		p.log.Info("an address to join can be resolved", "address", found.address, "at", found.at)
	}
}

// rejoin looks, until ctx is done, for configured addresses and lost members
// that are not live: after a long split memberlist itself has given them up.
func (p *provider) rejoin(ctx context.Context) {
	var said string
	for pause(ctx, p.config.Timings.Rejoin) == nil {
		lost, leaving := p.missed()
		if leaving {
			return
		}
		targets := p.seek(ctx, (*observer).find)
		for _, target := range p.strangers(slices.Collect(maps.Values(lost))) {
			if !slices.Contains(targets, target) {
				targets = append(targets, target)
			}
		}
		_, refused := p.tryJoin(targets)
		if refused != nil && refused.text != said {
			p.log.Warn("cannot be one cluster with a node that is to be joined", "err", refused)
			said = refused.text
		}
	}
}

// knock pings, until ctx is done, the members that are lost, and joins those that
// answer. Unlike an attempt to join, a ping of one that is frozen or cut off costs
// next to nothing, so there is one every few moments.
func (p *provider) knock(ctx context.Context) {
	for pause(ctx, p.config.Timings.Knock) == nil {
		lost, leaving := p.missed()
		if leaving {
			return
		}
		_, _ = p.tryJoin(p.strangers(p.answering(lost))) // rejoin tells of refusals
	}
}

// missed returns the gossip addresses of the lost, by name, and whether this node is
// leaving.
func (p *provider) missed() (lost map[string]string, leaving bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.observer.lastSeen(), p.observer.leaving
}

// answering returns the addresses of those that answer a ping.
func (p *provider) answering(nodes map[string]string) (addresses []string) {
	var (
		mu    sync.Mutex
		pings sync.WaitGroup
	)
	for name, address := range nodes {
		pings.Go(func() {
			to, err := net.ResolveUDPAddr("udp", address)
			if err == nil {
				_, err = p.list.Ping(name, to)
			}
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				addresses = append(addresses, address)
			}
		})
	}
	pings.Wait()
	return addresses
}

// tryJoin contacts all targets at the same time. It returns how many answered, and a
// refusal if one was met.
func (p *provider) tryJoin(targets []string) (joined int, refused *refusal) {
	var (
		mu    sync.Mutex
		tries sync.WaitGroup
	)
	for _, target := range targets {
		tries.Go(func() {
			_, err := p.list.Join([]string{target})
			mu.Lock()
			defer mu.Unlock()
			var mine *refusal
			if err == nil {
				joined++
			} else if mine = p.refusalIn(target, err); mine != nil {
				refused = mine
			} else {
				p.log.Debug("nobody to join", "address", target, "err", err)
				return
			}
			p.tell(func(o *observer) bool { return o.meet(target) })
			if mine != nil && mine.ground == nameTaken {
				p.tell(func(o *observer) bool { return o.contend("", target, time.Now()) })
			}
		})
	}
	tries.Wait()
	return joined, refused
}

// refusalIn finds the refusal in what memberlist made of it: a text.
func (p *provider) refusalIn(target string, err error) *refusal {
	if r := p.merging.in(err.Error()); r != nil {
		return r
	}
	return keyRefusal(p.view.Load().Self, target, err)
}

// strangers returns those of the ip:port addresses that are neither this node's nor
// live members'.
func (p *provider) strangers(addresses []string) []string {
	v := p.view.Load()
	return slices.DeleteFunc(slices.Clone(addresses), func(at string) bool {
		_, live := v.first(func(m Member) bool { return m.Gossip == at })
		return live || at == v.Self.Gossip
	})
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
