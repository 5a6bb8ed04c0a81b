package operate

import (
	"cmp"
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/survey"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/problem"
)

// Traces answers which traces began here and were kept.
func (r *Respondent) Traces(msg *protos.AskTraces) *protos.Traces {
	self := r.node.Membership.View().Self
	roots, last := r.node.Tracer.Roots(msg.GetAfter(), int(msg.GetLimit()))
	return &protos.Traces{
		Node: self.Name, Incarnation: self.System, Last: last, Roots: roots, Dropped: r.node.Tracer.Dropped(),
	}
}

// Spans answers what this node has recorded of traces.
func (r *Respondent) Spans(msg *protos.AskSpans) *protos.Spans {
	answer := &protos.Spans{Node: r.node.Membership.View().Self.Name}
	for _, id := range msg.GetTraces() {
		spans, dropped := r.node.Tracer.Spans(trace.IDOf(id))
		answer.Spans = append(answer.Spans, spans...)
		answer.Dropped += dropped
	}
	return answer
}

// TraceCursor says which traces have been seen: the number of the latest, by the
// incarnation of the node where they began.
type TraceCursor map[string]uint64

// Recent is the traces of the cluster that were kept.
type Recent struct {
	Roots   []*protos.Span // the spans that began them, newest first
	Silent  []string       // live nodes that did not say
	Dropped uint64         // spans that found no room, on all nodes since their start
}

// Traces returns the newest traces of every node behind the cursor, at most limit
// of each node, and moves the cursor. A nil cursor is at the beginning.
func (q *Asker) Traces(ctx context.Context, cursor TraceCursor, limit int) Recent {
	answers := survey.All[*protos.Traces](ctx, q.survey, func(m membership.Member) proto.Message {
		return &protos.AskTraces{After: cursor[m.System], Limit: int32(limit)}
	})
	recent := Recent{Silent: survey.Silent(answers)}
	for _, a := range answers {
		recent.Roots = append(recent.Roots, a.Answer.GetRoots()...)
		recent.Dropped += a.Answer.GetDropped()
		if a.OK && cursor != nil {
			cursor[a.Answer.GetIncarnation()] = a.Answer.GetLast()
		}
	}
	slices.SortFunc(recent.Roots, func(a, b *protos.Span) int { return cmp.Compare(b.GetStarted(), a.GetStarted()) })
	return recent
}

// Gathered is a trace, and what may be missing of it.
type Gathered struct {
	*trace.Trace
	Silent  []string // live nodes that did not say what they know of it
	Dropped uint64   // spans of it that found no room
}

// Trace gathers a trace from all nodes. The error is [problem.NotFound] if none
// has recorded it, or none knows it any more.
func (q *Asker) Trace(ctx context.Context, id trace.ID) (Gathered, error) {
	spans, silent, dropped := q.gatherSpans(ctx, id)
	if others := trace.Links(id, spans); len(others) > 0 {
		linked, alsoSilent, alsoDropped := q.gatherSpans(ctx, others...)
		spans = append(spans, linked...)
		silent = slices.Compact(slices.Sorted(slices.Values(append(silent, alsoSilent...))))
		dropped += alsoDropped
	}
	if len(spans) == 0 {
		return Gathered{}, problem.New(problem.NotFound, "No node knows the trace %s: it was not kept, or newer ones have taken its place", id)
	}
	return Gathered{Trace: trace.Assemble(id, spans), Silent: silent, Dropped: dropped}, nil
}

func (q *Asker) gatherSpans(ctx context.Context, ids ...trace.ID) (spans []*protos.Span, silent []string, dropped uint64) {
	ask := &protos.AskSpans{}
	for _, id := range ids {
		ask.Traces = append(ask.Traces, trace.Message(id))
	}
	answers := survey.All[*protos.Spans](ctx, q.survey, func(membership.Member) proto.Message { return ask })
	for _, a := range answers {
		spans = append(spans, a.Answer.GetSpans()...)
		dropped += a.Answer.GetDropped()
	}
	return spans, survey.Silent(answers), dropped
}
