package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/httpserver"
)

// Dashboard answers what operators ask. Its answers are encoded as JSON; its
// errors are for people (see package problem).
type Dashboard interface {
	// Answer answers GET /api/dash/…: path is what follows, unescaped.
	Answer(ctx context.Context, path []string, query url.Values) (any, error)
}

// operator lets only operators at a route. A page of elsewhere has no token to show,
// whatever its browser sends along.
func (s *Server) operator(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Add("Vary", "Authorization")
		if err := s.gate.Admit(bearer(r)); err != nil {
			s.fail(w, r, err)
			return
		}
		handle(w, r)
	}
}

// scrape answers GET /metrics.
func (s *Server) scrape(w http.ResponseWriter, r *http.Request) {
	if s.metrics == nil {
		s.absent(w, r)
		return
	}
	s.metrics.ServeHTTP(w, r)
}

// dash answers GET /api/dash/…
func (s *Server) dash(w http.ResponseWriter, r *http.Request) {
	if s.dashboard == nil {
		s.absent(w, r)
		return
	}
	path := segments(r.URL.EscapedPath())[2:]
	for i, part := range path {
		var err error
		if path[i], err = url.PathUnescape(part); err != nil {
			s.fail(w, r, problem.New(problem.Invalid, "The path is not percent-encoded"))
			return
		}
	}
	answer, err := s.dashboard.Answer(r.Context(), path, httpserver.ParseQuery(r.URL.RawQuery).Values)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// absent answers an operator where a node of this kind has nothing.
func (s *Server) absent(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, problem.New(problem.NotFound, "There is nothing at %s", r.URL.Path))
}
