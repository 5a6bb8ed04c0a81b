package operate

import (
	"context"
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/protos"
)

const (
	// SampleEvery is how often a node takes a sample of how it does.
	SampleEvery = 5 * time.Second
	// SamplesFor is for how long samples are of interest, and MostSamples as many as a
	// node takes in that time.
	SamplesFor  = 15 * time.Minute
	MostSamples = int(SamplesFor / SampleEvery)
)

// samples is what a node remembers of how it did. The zero value is empty.
type samples struct {
	mu   sync.Mutex
	list []*protos.Sample // oldest first; at most MostSamples
}

// add appends a sample, and forgets the oldest if there are too many.
func (s *samples) add(latest *protos.Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) == MostSamples {
		copy(s.list, s.list[1:])
		s.list = s.list[:MostSamples-1]
	}
	s.list = append(s.list, latest)
}

// after returns the samples that are newer than that, in Unix milliseconds.
func (s *samples) after(at int64) []*protos.Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, one := range s.list {
		if one.GetAt() > at {
			return append([]*protos.Sample(nil), s.list[i:]...)
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

// KeepSamples takes samples, with that pause between them, until ctx is done.
func (r *Respondent) KeepSamples(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	before := tallyOf(r.node.Metrics, time.Now())
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := tallyOf(r.node.Metrics, time.Now())
		s := now.since(before)
		s.Sockets = int64(r.node.Sockets.Count())
		if worst, any := r.node.Metrics.Lag.TakeWorst(); any {
			s.LagMs = float64(worst.Microseconds()) / 1000
		}
		r.samples.add(s)
		before = now
	}
}
