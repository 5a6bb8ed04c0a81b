package web

import (
	"net/http"
	"strings"

	"github.com/rollcall/rollcall/actors/trace"
)

// longestTraced is how many bytes of a path a trace shows.
const longestTraced = 300

// traced has a route begin a trace, or go on with that of a caller who is trusted (W3C
// Trace Context), and tells the client which it is. Nothing is done while tracing is off.
func (s *Server) traced(kind string, handle http.HandlerFunc) http.HandlerFunc {
	tracer := s.node.Tracer()
	if tracer == nil {
		return handle
	}
	return func(w http.ResponseWriter, r *http.Request) {
		caller, path := trace.ParseContext(r.Header.Get("Traceparent")), r.URL.EscapedPath()
		trusted := caller.Valid() && s.trustsCaller(r)
		given := trace.Context{}
		if trusted {
			given = caller
		}
		span := tracer.Start(given, kind, "http", "", r.Method+" "+strings.Clone(path[:min(len(path), longestTraced)]))
		if caller.Valid() && !trusted {
			span.Set("caller", caller.Trace.String())
		}
		w.Header().Set("Traceparent", span.Context().String())
		w.Header().Set("Rollcall-Trace", span.TraceID())
		answer := counting(w)
		answer.span = span
		defer func() {
			span.Set("status", answer.result(r))
			span.End()
		}()
		handle(answer, r.WithContext(trace.With(r.Context(), span)))
	}
}

// trustsCaller reports whether the sender of a request decides what is recorded, and
// under which id: it would be recorded whatever --trace says, and take the place of what
// operators look for.
func (s *Server) trustsCaller(r *http.Request) bool {
	return s.trustTraceparent || callerOf(r).operator
}
