package trace

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall/rollcall/protos"
)

func names(spans []*protos.Span) (names []string) {
	for _, s := range spans {
		names = append(names, s.GetName())
	}
	return names
}

func TestTracingThatIsOffDoesNothing(t *testing.T) {
	var tracer *Tracer
	s := tracer.Start(Context{}, "roll", "http", "", "GET")
	if s != nil || s.Child("roster", "Maths", "query") != nil || tracer.Props("roster", "Maths") != nil {
		t.Error("something was begun")
	}
	s.Set("a", 1)
	s.Fail(errors.New("x"))
	s.Incomplete([]string{"node-3"})
	s.Due(time.Now())
	s.Link(s)
	s.Queued(time.Now(), "")
	s.About("Maths", "1", "")
	s.Discard()
	s.End()
	if s.TraceID() != "" || s.Passport() != "" || s.Context().Valid() || s.Sampled() {
		t.Error("it has a trace")
	}
	if msg := "hello"; s.Carry(msg, nil) != msg {
		t.Error("a message was changed")
	}
	if ctx := context.Background(); With(ctx, s) != ctx || From(ctx) != nil {
		t.Error("a context was changed")
	}
}

// Whatever the rate is, what did not go well is kept, with what was recorded
// before anybody knew.
func TestWhatWasNotSampledIsKeptIfItDidNotGoWell(t *testing.T) {
	tests := []struct {
		name    string
		work    func(*Span)
		outcome protos.Span_Outcome
		kept    bool
	}{
		{"well", func(*Span) {}, protos.Span_OK, false},
		{"slow", func(*Span) { <-time.After(DefaultSlow + 1) }, protos.Span_SLOW, true},
		{"just in time", func(*Span) { <-time.After(DefaultSlow) }, protos.Span_OK, false},
		{"failed", func(s *Span) { s.Fail(errors.New("no")) }, protos.Span_FAILED, true},
		{"incomplete", func(s *Span) { s.Incomplete([]string{"node-3"}) }, protos.Span_INCOMPLETE, true},
		{"incomplete, and so failed", func(s *Span) {
			s.Incomplete([]string{"node-3"})
			s.Fail(errors.New("503"))
		}, protos.Span_INCOMPLETE, true},
		{"nobody is missing", func(s *Span) { s.Incomplete(nil) }, protos.Span_OK, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var exported sink
				tracer := New(Config{Node: "node-1", Sink: &exported})
				s := tracer.Start(Context{}, "roll", "http", "", "GET")
				s.Child("roster", "Maths", "query").End()
				test.work(s)
				late := s.Child("roster", "Maths", "late")
				s.End()
				late.End()
				roots, last := tracer.Roots(0, 10)
				if !test.kept {
					if len(roots) != 0 || len(exported.spans) != 0 {
						t.Error("it was kept")
					}
					return
				}
				if len(roots) != 1 || last != 1 || roots[0].GetOutcome() != test.outcome {
					t.Fatalf("%v", roots)
				}
				spans, _ := tracer.Spans(IDOf(roots[0].GetTrace()))
				if len(spans) != 3 || len(exported.spans) != 3 {
					t.Errorf("kept %v, exported %v", names(spans), names(exported.spans))
				}
			})
		})
	}
}

// sink keeps what it is given.
type sink struct{ spans []*protos.Span }

func (s *sink) Export(span *protos.Span) { s.spans = append(s.spans, span) }
func (s *sink) Dropped() uint64          { return 0 }

func TestSamplingIsDecidedAtTheHead(t *testing.T) {
	all, none := New(Config{Node: "node-1", Rate: 1}), New(Config{Node: "node-2"})
	if !all.Start(Context{}, "roll", "http", "", "GET").Sampled() || none.Start(Context{}, "roll", "http", "", "GET").Sampled() {
		t.Error("the rate does not decide")
	}
	caller := ParseContext(someContext)
	s := none.Start(caller, "roll", "http", "", "GET")
	if !s.Sampled() || s.TraceID() != caller.Trace.String() {
		t.Errorf("the caller's trace is not gone on with: %s", s.TraceID())
	}
	s.End()
	if spans, _ := none.Spans(caller.Trace); len(spans) != 1 || SpanIDOf(spans[0].GetParent()) != caller.Span {
		t.Errorf("recorded %v", spans)
	}
}

// Traces that went well come and go; the others stay.
func TestTheStoreIsBounded(t *testing.T) {
	tracer := New(Config{Node: "node-1", Rate: 1, Keep: 4})
	ill := tracer.Start(Context{}, "roll", "http", "", "ill")
	ill.Fail(errors.New("no"))
	ill.End()
	for range 100 {
		s := tracer.Start(Context{}, "roll", "http", "", "well")
		s.Child("roster", "Maths", "query").End()
		s.End()
	}
	if n := len(tracer.store.records); n != 5 {
		t.Errorf("%d records", n)
	}
	roots, last := tracer.Roots(0, 100)
	if len(roots) != 5 || last != 101 || roots[4].GetName() != "ill" {
		t.Errorf("%v, the last is %d", names(roots), last)
	}
	if roots, _ := tracer.Roots(99, 100); len(roots) != 2 || roots[0].GetRoot().GetNumber() != 101 {
		t.Errorf("after 99: %v", roots)
	}
	if roots, _ := tracer.Roots(0, 3); len(roots) != 3 {
		t.Errorf("three of them: %v", names(roots))
	}
}

func TestATraceIsBounded(t *testing.T) {
	tracer := New(Config{Node: "node-1", Rate: 1})
	s := tracer.Start(Context{}, "roll", "http", "", "GET")
	for range mostSpans + 10 {
		s.Step("work").End()
	}
	spans, dropped := tracer.Spans(s.Context().Trace)
	if len(spans) != mostSpans || dropped != 10 || tracer.Dropped() != 10 {
		t.Errorf("%d spans, %d and %d dropped", len(spans), dropped, tracer.Dropped())
	}
}
