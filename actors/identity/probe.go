package identity

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

// probe is a message that a node sends to itself over the bus, to see whether what
// is published arrives: a subscription may be dead while its connection answers
// pings. Other nodes take no notice of it.
type probe string

var errDeaf = errors.New("the subscription is dead: Redis takes what is published, and does not deliver it")

// prober sends probes for one subscription, and knows whether they arrive.
type prober struct {
	mark probe         // of this subscription
	soon chan struct{} // has a token while a probe is wanted at once

	mu    sync.Mutex
	fresh bool      // subscribed, and no probe has come since
	since time.Time // when Redis took the oldest probe that has not come; zero if all have
}

func newProber() *prober {
	return &prober{mark: probe(strconv.FormatUint(rand.Uint64(), 36)), soon: make(chan struct{}, 1)}
}

// begin is called when Redis has confirmed the subscription. It counts when the
// first probe has come.
func (p *prober) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fresh = true
	select {
	case p.soon <- struct{}{}:
	default:
	}
}

// send sends a probe. What Redis does not take proves nothing.
func (p *prober) send(ctx context.Context, bus *Bus) {
	sent := time.Now()
	p.expect(sent) // before it can come
	if err := bus.Publish(ctx, p.mark); err != nil {
		p.retract(sent)
	}
}

func (p *prober) expect(sent time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.IsZero() {
		p.since = sent
	}
}

func (p *prober) retract(sent time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.Equal(sent) {
		p.since = time.Time{}
	}
}

// heard takes a probe that came, of this subscription or another one. It reports
// whether the subscription has begun to work with it.
func (p *prober) heard(m probe) (works bool) {
	if m != p.mark {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	works, p.fresh, p.since = p.fresh, false, time.Time{}
	return works
}

// deaf reports whether a probe should have come by now.
func (p *prober) deaf(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.since.IsZero() && now.Sub(p.since) > silenceLimit
}
