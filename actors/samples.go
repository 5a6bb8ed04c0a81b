package actors

import (
	"context"
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/protos"
)

const (
	sampleEvery = 5 * time.Second
	// mostSamples are a quarter of an hour.
	mostSamples = int(15 * time.Minute / sampleEvery)
)

// history is what a node remembers of how it did: a sample every five seconds,
// for a quarter of an hour. The zero value is empty.
type history struct {
	mu      sync.Mutex
	samples []*protos.Sample // oldest first; at most mostSamples
}

// add appends a sample, and forgets the oldest if there are too many.
func (h *history) add(s *protos.Sample) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.samples) == mostSamples {
		copy(h.samples, h.samples[1:])
		h.samples = h.samples[:mostSamples-1]
	}
	h.samples = append(h.samples, s)
}

// after returns the samples that are newer than that, in Unix milliseconds.
func (h *history) after(at int64) []*protos.Sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, s := range h.samples {
		if s.GetAt() > at {
			return append([]*protos.Sample(nil), h.samples[i:]...)
		}
	}
	return nil
}

// tally is what had been counted at one moment.
type tally struct {
	at                       time.Time
	joins, rolls, incomplete uint64
	deadLetters              uint64
	latency                  metrics.Distribution
}

func tallyOf(m *metrics.Metrics, at time.Time) tally {
	complete, incomplete := m.Queries[metrics.Complete].Load(), m.Queries[metrics.Incomplete].Load()
	return tally{
		at: at, joins: m.Joins.Load(), rolls: complete + incomplete, incomplete: incomplete,
		deadLetters: m.DeadLetters.Load(), latency: m.Latency.Read(),
	}
}

// since returns the sample of the time since before. Sockets and lag are for the
// caller to fill in.
func (t tally) since(before tally) *protos.Sample {
	seconds := max(t.at.Sub(before.at).Seconds(), 1e-3)
	s := &protos.Sample{
		At:          t.at.UnixMilli(),
		Joins:       float64(t.joins-before.joins) / seconds,
		Rolls:       float64(t.rolls-before.rolls) / seconds,
		Incomplete:  float64(t.incomplete-before.incomplete) / seconds,
		DeadLetters: float64(t.deadLetters-before.deadLetters) / seconds,
		P50Ms:       -1, P99Ms: -1, LagMs: -1,
	}
	if latency := t.latency.Since(before.latency); latency.Count() > 0 {
		s.P50Ms, s.P99Ms = latency.Quantile(0.5), latency.Quantile(0.99)
	}
	return s
}

// keepHistory takes samples until ctx is done.
func (n *Node) keepHistory(ctx context.Context) {
	tick := time.NewTicker(n.config.sampleEvery)
	defer tick.Stop()
	before := tallyOf(n.metrics, time.Now())
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := tallyOf(n.metrics, time.Now())
		s := now.since(before)
		s.Sockets = int64(n.sockets.Count())
		if worst, any := n.metrics.Lag.TakeWorst(); any {
			s.LagMs = float64(worst.Microseconds()) / 1000
		}
		n.history.add(s)
		before = now
	}
}
