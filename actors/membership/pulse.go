package membership

import (
	"context"
	"time"

	"github.com/asynkron/protoactor-go/eventstream"
)

// pulse notices that its process stood still: its beats come too far apart.
type pulse struct {
	frozen time.Duration // the gap that counts as having stood still
	last   time.Time
}

// beat takes in one beat; ok is true if the process had stood still for gap.
func (p *pulse) beat(now time.Time) (gap time.Duration, ok bool) {
	if p.last.IsZero() {
		p.last = now
		return 0, false
	}
	// The monotonic clock stands still with a suspended machine, the wall clock
	// jumps when it is set: one announcement too many does no harm.
	gap = max(now.Sub(p.last), now.Round(0).Sub(p.last.Round(0)))
	p.last = now
	return gap, gap > p.frozen
}

// run publishes [Thawed] whenever the process stood still, until ctx is done.
func (p *pulse) run(ctx context.Context, events *eventstream.EventStream) {
	ticker := time.NewTicker(p.frozen / 8)
	defer ticker.Stop()
	p.beat(time.Now())
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if gap, ok := p.beat(time.Now()); ok {
				events.Publish(Thawed{Gap: gap})
			}
		}
	}
}
