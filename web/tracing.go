package web

import (
	"net/http"

	"github.com/rollcall/rollcall/actors/trace"
)

// traced has a route begin a trace, or go on with that of the caller (W3C Trace
// Context), and tells the client which it is. Nothing is done while tracing is off.
func (s *Server) traced(kind string, handle http.HandlerFunc) http.HandlerFunc {
	tracer := s.node.Tracer()
	if tracer == nil {
		return handle
	}
	return func(w http.ResponseWriter, r *http.Request) {
		caller := trace.ParseContext(r.Header.Get("Traceparent"))
		span := tracer.Start(caller, kind, "http", "", r.Method+" "+r.URL.EscapedPath())
		w.Header().Set("Traceparent", span.Context().String())
		w.Header().Set("Rollcall-Trace", span.TraceID())
		answer := counting(w)
		defer func() {
			span.Set("status", answer.result(r))
			span.End()
		}()
		handle(answer, r.WithContext(trace.With(r.Context(), span)))
	}
}
