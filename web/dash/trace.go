package dash

import (
	"time"

	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
)

// Summary is one trace in a list.
type Summary struct {
	TraceID    string         `json:"trace_id"`
	Kind       string         `json:"kind" enum:"roll,join,leave,message,identity,http"`
	Name       string         `json:"name"`
	Node       string         `json:"node"` // where it began
	Room       string         `json:"room"`
	User       *string        `json:"id_user"` // null when it is about no user
	Socket     string         `json:"id_socket"`
	Start      room.Timestamp `json:"start"`
	StartMS    float64        `json:"start_ms"` // Unix
	DurationMS float64        `json:"duration_ms"`
	Outcome    string         `json:"outcome" enum:"ok,slow,incomplete,failed"`
	Missing    []string       `json:"missing"` // nodes that did not answer
	Error      string         `json:"error"`
}

func summaryOf(root *protos.Span) Summary {
	about := root.GetRoot()
	s := Summary{
		TraceID: trace.IDOf(root.GetTrace()).String(), Kind: about.GetKind(), Name: root.GetName(), Node: root.GetNode(),
		Room: about.GetRoom(), Socket: about.GetIdSocket(),
		Start: room.TimestampOf(time.Unix(0, root.GetStarted())), StartMS: unixMilliseconds(root.GetStarted()),
		DurationMS: milliseconds(time.Duration(root.GetEnded() - root.GetStarted())),
		Outcome:    word(root.GetOutcome()), Missing: list(about.GetMissing()), Error: root.GetError(),
	}
	if user := about.GetIdUser(); user != "" {
		s.User = &user
	}
	return s
}

// Trace is the answer of GET /api/dash/traces/{trace_id}. Offsets are from its start.
type Trace struct {
	Summary
	Spans      []Span   `json:"spans"` // parents before children
	Nodes      []string `json:"nodes"` // that were asked or did something
	DeadlineMS *float64 `json:"deadline_ms"`
	Silent     []string `json:"silent"`  // live nodes that did not say what they know of it
	Dropped    uint64   `json:"dropped"` // spans of it that found no room
}

// Span is the work of one actor on one message, a step of a Trace.
type Span struct {
	SpanID    string         `json:"span_id"`
	ParentID  string         `json:"parent_id"`
	Node      string         `json:"node"`
	Actor     string         `json:"actor"`
	Identity  string         `json:"identity"`
	Name      string         `json:"name"` // the message
	From      string         `json:"from"`
	Peer      string         `json:"peer"`    // the node that it waits for; "" if it does not wait
	SentMS    *float64       `json:"sent_ms"` // null when nothing was sent, as for the first span of a trace
	ArrivedMS *float64       `json:"arrived_ms"`
	StartedMS float64        `json:"started_ms"`
	EndedMS   *float64       `json:"ended_ms"` // null while it is still open
	Outcome   string         `json:"outcome" enum:"ok,slow,incomplete,failed"`
	Error     string         `json:"error"`
	Critical  bool           `json:"critical"` // the answer waited for it
	Linked    bool           `json:"linked"`   // it belongs to another trace, whose work this one shared
	Fields    map[string]raw `json:"fields"`
	Logs      []LogLine      `json:"logs"`
}

// LogLine was logged while a span was under way.
type LogLine struct {
	AtMS    float64        `json:"at_ms"`
	Level   string         `json:"level"`
	Message string         `json:"message"`
	Fields  map[string]raw `json:"fields"`
}

// raw is a value that is JSON already.
type raw string

// MarshalJSON returns it as it is.
func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func traceOf(g operate.Gathered) Trace {
	t := Trace{
		Summary: Summary{TraceID: g.ID.String(), Outcome: "ok", Missing: []string{}, Kind: "http", Name: "part of a trace"},
		Spans:   []Span{}, Nodes: list(g.Nodes), Silent: list(g.Silent), Dropped: g.Dropped,
	}
	if g.Root != nil {
		t.Summary = summaryOf(g.Root)
	}
	t.Start, t.StartMS = room.TimestampOf(time.Unix(0, g.Start)), unixMilliseconds(g.Start)
	t.DurationMS = milliseconds(time.Duration(g.End - g.Start))
	t.DeadlineMS = offset(g.Deadline, g.Start)
	for _, s := range g.Steps {
		t.Spans = append(t.Spans, spanOf(s, g.Start))
	}
	return t
}

func spanOf(s trace.Step, start int64) Span {
	span := Span{
		SpanID: trace.SpanIDOf(s.GetId()).String(), Node: s.GetNode(), Actor: s.GetActor(), Identity: s.GetActorName(),
		Name: s.GetName(), From: s.GetFrom(), Peer: s.GetPeer(),
		SentMS: offset(s.GetSent(), start), ArrivedMS: offset(s.GetArrived(), start),
		StartedMS: milliseconds(time.Duration(s.GetStarted() - start)), EndedMS: offset(s.GetEnded(), start),
		Outcome: word(s.GetOutcome()), Error: s.GetError(), Critical: s.Critical, Linked: s.Linked,
		Fields: fieldsOf(s.GetFields()), Logs: []LogLine{},
	}
	if s.GetParent() != 0 {
		span.ParentID = trace.SpanIDOf(s.GetParent()).String()
	}
	for _, l := range s.GetLogs() {
		span.Logs = append(span.Logs, LogLine{
			AtMS: milliseconds(time.Duration(l.GetAt() - start)), Level: l.GetLevel(), Message: l.GetMessage(), Fields: fieldsOf(l.GetFields()),
		})
	}
	return span
}

func fieldsOf(fields []*protos.Span_Field) map[string]raw {
	values := make(map[string]raw, len(fields))
	for _, f := range fields {
		values[f.GetKey()] = raw(f.GetValue())
	}
	return values
}

// unixMilliseconds keeps the microseconds.
func unixMilliseconds(ns int64) float64 { return float64(ns/1000) / 1000 }

// offset returns how long after start a moment is, or nil if there is none.
func offset(moment, start int64) *float64 {
	if moment == 0 {
		return nil
	}
	ms := milliseconds(time.Duration(moment - start))
	return &ms
}

// list returns a list that is written as [] if it is empty.
func list(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}
