package membership

import (
	"context"
	"time"

	"github.com/asynkron/protoactor-go/cluster"
)

// enqueue takes in what memberlist has seen.
func (p *provider) enqueue(e nodeEvent) {
	p.tell(func(o *observer) bool { return o.see(e) })
}

// tell has the observer hear of something, in order. It never blocks: memberlist
// calls it with its locks held.
func (p *provider) tell(news func(*observer) bool) {
	p.mu.Lock()
	p.queue = append(p.queue, news)
	p.mu.Unlock()
	p.signal()
}

func (p *provider) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// settle returns when all that memberlist has reported so far is in the view.
func (p *provider) settle(ctx context.Context) {
	done := make(chan struct{})
	p.mu.Lock()
	p.barriers = append(p.barriers, done)
	p.mu.Unlock()
	p.signal()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// makeViews makes one view of each piece of news that changes something.
func (p *provider) makeViews(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		}
		p.mu.Lock()
		queue, barriers := p.queue, p.barriers
		p.queue, p.barriers = nil, nil
		p.mu.Unlock()
		for _, news := range queue {
			p.show(news)
		}
		for _, b := range barriers {
			close(b)
		}
	}
}

func (p *provider) show(news func(*observer) bool) {
	p.mu.Lock()
	var next *View
	if news(p.observer) {
		next = p.observer.view(time.Now())
	}
	p.mu.Unlock()
	if next == nil {
		return
	}
	old := p.view.Swap(next)
	close(old.superseded)
	// protoactor first: it drops its connections to those that are gone, and
	// nobody must use one of them for a member that is back at its address.
	p.update(next)
	change := ViewChanged{Old: old, New: next}
	p.report(change)
	p.cluster.ActorSystem.EventStream.Publish(change)
}

// update tells protoactor. It must not be called by one of protoactor's own
// topology handlers: it deadlocks there.
func (p *provider) update(v *View) {
	members := make(cluster.Members, 0, len(v.Members))
	for _, m := range v.Members {
		host, port, err := splitAddress(m.Address)
		if err != nil {
			p.log.Warn("member without a usable address", "member", m.Name, "address", m.Address)
			continue
		}
		members = append(members, &cluster.Member{Id: m.ID(), Host: host, Port: int32(port), Kinds: m.Kinds})
	}
	p.links.BetweenGreetings(func() { p.cluster.MemberList.UpdateClusterTopology(members) })
}

func (p *provider) report(c ViewChanged) {
	tell := func(what string, members []Member) {
		for _, m := range members {
			p.log.Info(what, "member", m.Name, "address", m.Address, "id", m.ID(), "live", len(c.New.Members))
		}
	}
	tell("member failed", c.Failed())
	tell("member left", c.Left())
	tell("member joined", c.Joined())
}
