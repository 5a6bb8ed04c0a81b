package trace

import (
	"strconv"
	"strings"
	"time"

	"github.com/rollcall/rollcall/protos/problem"
)

// Passport returns what a message that does not travel between actors carries, for
// [Tracer.Admit]; "" if the trace is not sampled.
func (s *Span) Passport() string {
	if !s.Sampled() {
		return ""
	}
	return s.Context().String() + ";" + strconv.FormatInt(time.Now().UnixNano(), 10) + ";" + s.place()
}

// Admit opens a span for a message that came with a passport. It is nil without
// one that is valid.
func (t *Tracer) Admit(passport, actor, actorName, name string) *Span {
	if t == nil || passport == "" {
		return nil
	}
	parent, rest, _ := strings.Cut(passport, ";")
	sent, from, _ := strings.Cut(rest, ";")
	s := t.received(ParseContext(parent), actor, actorName, name)
	if s != nil {
		s.data.From, s.data.Sent, s.data.Arrived = problem.ClipTo(from, longestValue), momentOf(sent), s.data.GetStarted()
	}
	return s
}
