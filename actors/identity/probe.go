package identity

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rollcall/rollcall/protos/pubsub"
)

// doubtAfter is how long a probe may take until the bus is in doubt: it may deliver
// late, or nothing at all.
const doubtAfter = 500 * time.Millisecond

var errDeaf = errors.New("the subscription is dead: Redis takes what is published, and does not deliver it")

// prober sends probes for one subscription, and knows whether they arrive.
type prober struct {
	mark   string               // of this subscription
	beacon func() pubsub.Beacon // what they tell of this node
	soon   chan struct{}        // has a token while a probe is wanted at once

	mu      sync.Mutex
	fresh   bool   // subscribed, and no probe has come since
	refused bool   // Redis did not take the last probe, and none has come since
	last    uint64 // number of the last probe
	taken   uint64 // number of the last one that Redis took
	waiting []sentProbe
}

// sentProbe is one that Redis took, and that has not come.
type sentProbe struct {
	number uint64
	at     time.Time
}

func newProber(beacon func() pubsub.Beacon) *prober {
	return &prober{mark: strconv.FormatUint(rand.Uint64(), 36), beacon: beacon, soon: make(chan struct{}, 1), fresh: true}
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

// send sends a probe. It returns the words of Redis if that refuses it; whether Redis is
// there at all is for others to find out.
func (p *prober) send(ctx context.Context, bus *Bus) (refusal error) {
	now := time.Now()
	m, number := p.next(now, bus.published.lately(now)) // before it can come
	m.Beacon = p.beacon()
	if err := bus.Publish(ctx, m); err != nil {
		refusal = refusalIn(err)
		p.retract(number, refusal != nil)
		return refusal
	}
	p.took(number)
	return nil
}

// took notes that Redis took a probe.
func (p *prober) took(number uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = max(p.taken, number)
}

// vouch returns what a ping says that is sent now: that probes up to a number were
// taken. They are before its answer in what Redis has to say to this subscription.
func (p *prober) vouch() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strconv.FormatUint(p.taken, 36)
}

// next returns the next probe, which is expected to come from now on, and tells of seq.
func (p *prober) next(now time.Time, seq int64) (m pubsub.Probe, number uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	p.waiting = append(p.waiting, sentProbe{p.last, now})
	return pubsub.Probe{ID: p.mark + "." + strconv.FormatUint(p.last, 36), Seq: seq}, p.last
}

// retract takes a probe back that Redis did not take: that proves nothing of the
// subscription. If Redis refuses it, the subscription does not work until one has come.
func (p *prober) retract(number uint64, refused bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused, p.fresh = true, p.fresh || refused
	for i, s := range p.waiting {
		if s.number == number {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			return
		}
	}
}

// heard takes a probe that came, of this subscription or another one. It reports
// whether the subscription has begun to work with it.
func (p *prober) heard(m pubsub.Probe) (works bool) {
	mark, text, _ := strings.Cut(m.ID, ".")
	number, err := strconv.ParseUint(text, 36, 64)
	if mark != p.mark || err != nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	works, p.fresh, p.refused = p.fresh, false, false
	for len(p.waiting) > 0 && p.waiting[0].number <= number { // one that was overtaken counts as come
		p.waiting = p.waiting[1:]
	}
	return works
}

// deaf reports whether a probe should have come long ago: one that was taken before
// the ping was sent whose answer has come. How late it is says nothing by itself: when
// this process has stood still, probes that came meanwhile are still to be read.
func (p *prober) deaf(now time.Time, pong string) bool {
	vouched, err := strconv.ParseUint(pong, 36, 64)
	p.mu.Lock()
	defer p.mu.Unlock()
	return err == nil && p.waited(now) > silenceLimit && p.waiting[0].number <= vouched
}

// doubtful reports whether what is published now may not be heard soon.
func (p *prober) doubtful(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fresh || p.refused || p.waited(now) > doubtAfter
}

// waited returns for how long the oldest probe has not come.
func (p *prober) waited(now time.Time) time.Duration {
	if len(p.waiting) == 0 {
		return 0
	}
	return now.Sub(p.waiting[0].at)
}
