package trace

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/rollcall/rollcall/protos"
)

// DefaultSlow is how long a trace may take before it is kept as slow.
const DefaultSlow = 100 * time.Millisecond

// Config says what a node traces. The zero value of a limit is its default.
type Config struct {
	Node string        // the node's name
	Rate float64       // part of the traces that is sampled, 0 to 1
	Slow time.Duration // a trace that takes longer is kept; DefaultSlow
	Keep int           // traces that are kept, and as many again of those that did not go well; 512

	Sink Sink // is given the spans that are kept, each once; may be nil
}

// Sink takes spans to somewhere else.
type Sink interface {
	// Export takes a span. It must not block, and must not change it.
	Export(span *protos.Span)
	// Dropped returns how many spans did not get there since the start.
	Dropped() uint64
}

// Tracer records the spans of one node. Its methods may be called from any
// goroutine, and do nothing on a nil Tracer: tracing is off.
type Tracer struct {
	config Config
	store  *store
}

// New returns a tracer.
func New(config Config) *Tracer {
	if config.Slow == 0 {
		config.Slow = DefaultSlow
	}
	if config.Keep == 0 {
		config.Keep = 512
	}
	return &Tracer{config: config, store: newStore(config.Keep)}
}

// Rate returns which part of the traces is sampled, and false if tracing is off.
func (t *Tracer) Rate() (rate float64, on bool) {
	if t == nil {
		return 0, false
	}
	return t.config.Rate, true
}

// Dropped returns how many spans were lost since the start: those that found no room
// here, and those that did not get to where they are sent.
func (t *Tracer) Dropped() uint64 {
	switch {
	case t == nil:
		return 0
	case t.config.Sink == nil:
		return t.store.dropped.Load()
	default:
		return t.store.dropped.Load() + t.config.Sink.Dropped()
	}
}

// Start begins a trace of a kind (roll, join, leave, message, identity, http), or
// goes on with that of a caller, if caller is valid: then it is sampled if the
// caller's is. The span is to be ended; it is nil if tracing is off.
func (t *Tracer) Start(caller Context, kind, actor, actorName, name string) *Span {
	if t == nil {
		return nil
	}
	sampled := caller.Sampled || t.config.Rate > 0 && rand.Float64() < t.config.Rate
	id := caller.Trace
	if !caller.Valid() {
		id = newID()
	}
	r := &record{tracer: t, trace: id, message: Message(id), sampled: sampled}
	if sampled {
		r = t.store.part(r)
	}
	s := r.open(actor, actorName, name)
	s.data.Parent = numberOf(caller.Span)
	s.data.Root = &protos.Span_Root{Kind: kind}
	return s
}

// Received opens the span of a message that was carried from elsewhere; nil if its
// trace is not sampled.
func (t *Tracer) received(c Context, actor, actorName, name string) *Span {
	if t == nil || !c.Sampled || !c.Valid() {
		return nil
	}
	r := t.store.part(&record{tracer: t, trace: c.Trace, message: Message(c.Trace), sampled: true})
	s := r.open(actor, actorName, name)
	s.data.Parent = numberOf(c.Span)
	return s
}

// Roots returns the traces that began on this node and were kept: those whose
// number is greater than after, newest first, at most limit. last is the number of
// the newest.
func (t *Tracer) Roots(after uint64, limit int) (roots []*protos.Span, last uint64) {
	if t == nil {
		return nil, 0
	}
	return t.store.roots(after, limit)
}

// Spans returns what this node has recorded of a trace, and how many of its spans
// found no room.
func (t *Tracer) Spans(id ID) (spans []*protos.Span, dropped uint64) {
	if t == nil {
		return nil, 0
	}
	r := t.store.find(id)
	if r == nil {
		return nil, 0
	}
	return r.copy()
}

type spanKey struct{}

// With returns a context that carries the span.
func With(ctx context.Context, s *Span) context.Context {
	if s == nil {
		return ctx
	}
	return context.WithValue(ctx, spanKey{}, s)
}

// From returns the span that ctx carries, or nil.
func From(ctx context.Context) *Span {
	s, _ := ctx.Value(spanKey{}).(*Span)
	return s
}
