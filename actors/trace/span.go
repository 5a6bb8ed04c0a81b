package trace

import (
	"encoding/json"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/protos"
)

// Span is one step of a trace while it is under way. It is used by one goroutine
// at a time; after End by none. The methods of a nil Span do nothing.
type Span struct {
	record           *record
	id               SpanID
	actor, actorName string
	data             *protos.Span // nil once it has ended; children may be opened still
	excused          time.Duration
}

// Sampled reports whether the trace is recorded everywhere.
func (s *Span) Sampled() bool { return s != nil && s.record.sampled }

// TraceID returns the id of the trace as text, or "" if there is none.
func (s *Span) TraceID() string {
	if s == nil {
		return ""
	}
	return s.record.trace.String()
}

// Context returns the span as others refer to it.
func (s *Span) Context() Context {
	if s == nil {
		return Context{}
	}
	return Context{Trace: s.record.trace, Span: s.id, Sampled: s.record.sampled}
}

// Child opens a span for a part of the work, on the same node.
func (s *Span) Child(actor, actorName, name string) *Span {
	if s == nil {
		return nil
	}
	c := s.record.open(actor, actorName, name)
	c.data.Parent = numberOf(s.id)
	return c
}

// Step is Child for work of the same actor.
func (s *Span) Step(name string) *Span {
	if s == nil {
		return nil
	}
	return s.Child(s.actor, s.actorName, name)
}

// Asking opens a span for the wait for an answer of another node.
func (s *Span) Asking(node, name string) *Span {
	c := s.Step(name)
	if c != nil {
		c.data.Peer = node
	}
	return c
}

// Queued says that the span is a message that an actor of that kind on this node
// sent then, and is being handled from now on.
func (s *Span) Queued(sent time.Time, from string) {
	if s == nil {
		return
	}
	s.data.Sent, s.data.Arrived = sent.UnixNano(), sent.UnixNano()
	s.data.Started = time.Now().UnixNano()
	s.data.From = from + " on " + s.data.GetNode()
}

// Set notes a detail. The value is written as JSON.
func (s *Span) Set(key string, value any) {
	if s == nil || s.data == nil {
		return
	}
	s.data.Fields = append(s.data.Fields, field(key, value))
}

// About says what a trace is about: the room, the user and the socket. Zero values
// leave what was said before.
func (s *Span) About(room, user, socket string) {
	if s == nil || s.data.GetRoot() == nil {
		return
	}
	root := s.data.GetRoot()
	if room != "" {
		root.Room = room
	}
	if user != "" {
		root.IdUser = user
	}
	if socket != "" {
		root.IdSocket = socket
	}
}

// Kind makes the trace one of another kind than it began as.
func (s *Span) Kind(kind string) {
	if s != nil && s.data.GetRoot() != nil {
		s.data.Root.Kind = kind
	}
}

// Due says by when the work must be over.
func (s *Span) Due(deadline time.Time) {
	if s != nil {
		s.data.Deadline = deadline.UnixNano()
	}
}

// Excuse says that the work waited for its client for a while: what clients do slowly is
// not kept as slow, or they could have anything kept.
func (s *Span) Excuse(d time.Duration) {
	if s != nil {
		s.excused += d
	}
}

// Fail says that the work failed. A nil error is none.
func (s *Span) Fail(err error) {
	if s == nil || s.data == nil || err == nil {
		return
	}
	s.data.Error = err.Error()
	if s.data.GetOutcome() != protos.Span_INCOMPLETE { // which says more
		s.data.Outcome = protos.Span_FAILED
	}
}

// Incomplete says which nodes did not answer, if any.
func (s *Span) Incomplete(missing []string) {
	if s == nil || len(missing) == 0 {
		return
	}
	s.data.Outcome = max(s.data.Outcome, protos.Span_INCOMPLETE)
	if root := s.data.GetRoot(); root != nil {
		root.Missing = missing
	} else {
		s.Set("missing", missing)
	}
}

// Link says that a span of another trace does the work for this one, too.
func (s *Span) Link(other *Span) {
	if s == nil || other == nil || other.record == s.record {
		return
	}
	s.data.Links = append(s.data.Links, &protos.Span_Link{Trace: other.record.message, Span: numberOf(other.id)})
}

// Rename gives the span another name.
func (s *Span) Rename(name string) {
	if s != nil {
		s.data.Name = name
	}
}

// Discard forgets the span: it was of no interest. It must not be ended.
func (s *Span) Discard() {
	if s != nil {
		s.data = nil
	}
}

// End ends the span. With the span that began it a trace is over: it is kept if it
// is sampled or did not go well.
func (s *Span) End() {
	if s == nil || s.data == nil {
		return
	}
	data := s.data
	s.data = nil
	data.Ended = time.Now().UnixNano()
	if data.GetRoot() == nil {
		s.record.add(data)
		return
	}
	slow := time.Duration(data.GetEnded()-data.GetStarted()) - s.excused
	if data.GetOutcome() == protos.Span_OK && slow > s.record.tracer.config.Slow {
		data.Outcome = protos.Span_SLOW
	}
	s.record.end(data)
}

// field returns a detail; what cannot be written as JSON is left out.
func field(key string, value any) *protos.Span_Field {
	text, err := json.Marshal(value)
	if err != nil {
		text = []byte("null")
	}
	return &protos.Span_Field{Key: key, Value: string(text)}
}

// clone returns a copy that its receiver may change.
func clone(spans []*protos.Span) []*protos.Span {
	copies := make([]*protos.Span, len(spans))
	for i, s := range spans {
		copies[i] = proto.CloneOf(s)
	}
	return copies
}
