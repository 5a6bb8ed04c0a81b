package trace

import (
	"slices"
	"sync"
	"time"

	"github.com/rollcall/rollcall/protos"
)

// mostSpans bounds how many spans, and how many log lines, of one trace a node keeps.
const mostSpans = 256

// record is what one node knows of one trace. Its spans are not changed any more
// once they are in it.
type record struct {
	tracer  *Tracer
	trace   ID
	message *protos.TraceID // shared by all spans
	sampled bool            // recorded everywhere, and kept from the first span on
	holds   int             // rings of the store that it is in; guarded by the store

	mu      sync.Mutex
	kept    bool
	spans   []*protos.Span
	lines   []line
	dropped uint64
}

// line was logged about a span.
type line struct {
	span uint64
	text *protos.Span_LogLine
}

// open begins a span that starts now.
func (r *record) open(actor, actorName, name string) *Span {
	id := newSpanID()
	return &Span{record: r, id: id, actor: actor, actorName: actorName, data: &protos.Span{
		Trace: r.message, Id: numberOf(id), Node: r.tracer.config.Node,
		Actor: actor, ActorName: actorName, Name: name, Started: time.Now().UnixNano(),
	}}
}

// add takes a span that is over.
func (r *record) add(s *protos.Span) {
	if r.take(s) {
		r.export(s)
	}
}

// take reports whether the trace is kept. Spans beyond the bound are counted.
func (r *record) take(s *protos.Span) (kept bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.spans) >= mostSpans {
		r.dropped++
		r.tracer.store.dropped.Add(1)
		return false
	}
	r.spans = append(r.spans, s)
	return r.kept
}

// end takes the span that began the trace, and keeps the trace if that is due.
func (r *record) end(root *protos.Span) {
	well := root.GetOutcome() == protos.Span_OK
	if !r.sampled && well {
		return
	}
	r.tracer.store.keep(r, root, !well)
	r.add(root)
	for _, s := range r.keep() {
		r.export(s)
	}
}

// keep returns what was recorded while nobody knew whether the trace would be kept.
func (r *record) keep() []*protos.Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept {
		return nil
	}
	r.kept = true
	return slices.Clone(r.spans)
}

func (r *record) export(s *protos.Span) {
	if sink := r.tracer.config.Sink; sink != nil {
		sink.Export(s)
	}
}

// log takes a line that was logged about a span.
func (r *record) log(l line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lines) < mostSpans {
		r.lines = append(r.lines, l)
	}
}

// copy returns the spans, each with its lines.
func (r *record) copy() (spans []*protos.Span, dropped uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	spans = clone(r.spans)
	for _, s := range spans {
		for _, l := range r.lines {
			if l.span == s.GetId() {
				s.Logs = append(s.Logs, l.text)
			}
		}
	}
	return spans, r.dropped
}
