package web

import (
	"net/http"

	"github.com/rollcall/rollcall/actors/trace"
)

// traced has a route begin a trace, or go on with that of the caller (W3C Trace
// Context), and tells the client which it is. Nothing is done while tracing is off.
func (s *Server) traced(kind string, handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		caller := trace.ParseContext(r.Header.Get("Traceparent"))
		span := s.node.Tracer().Start(caller, kind, "http", "", r.Method+" "+r.URL.EscapedPath())
		if span == nil {
			handle(w, r)
			return
		}
		w.Header().Set("Traceparent", span.Context().String())
		w.Header().Set("Rollcall-Trace", span.TraceID())
		status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			span.Set("status", status.status)
			span.End()
		}()
		handle(status, r.WithContext(trace.With(r.Context(), span)))
	}
}

// statusWriter remembers the status of the answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
