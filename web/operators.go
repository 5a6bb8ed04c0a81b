package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
)

// Dashboard answers what operators ask. Its answers are encoded as JSON; its
// errors are for people (see package problem).
type Dashboard interface {
	// Answer answers GET /api/dash/…: path is what follows, unescaped.
	Answer(ctx context.Context, path []string, query url.Values) (any, error)
}

// forOperators reports whether a path is behind the gate.
func forOperators(path []string) bool {
	return isDash(path) || len(path) == 1 && path[0] == "metrics"
}

func isDash(path []string) bool { return len(path) >= 2 && path[0] == "api" && path[1] == "dash" }

// operators answers what is for operators only. Pages of other origins are not
// let at it, whatever --cors-origin says.
func (s *Server) operators(w http.ResponseWriter, r *http.Request, path []string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Add("Vary", "Authorization")
	if err := s.gate.Admit(bearer(r)); err != nil {
		s.fail(w, r, err)
		return
	}
	switch {
	case isDash(path) && s.dashboard != nil:
		s.methods(w, r, methods{http.MethodGet: func(w http.ResponseWriter, r *http.Request) { s.dash(w, r, path[2:]) }})
	case !isDash(path) && s.metrics != nil:
		s.methods(w, r, methods{http.MethodGet: s.metrics.ServeHTTP})
	default:
		s.fail(w, r, problem.New(problem.NotFound, "There is nothing at %s", r.URL.Path))
	}
}

// operator lets only operators at a route that changes something. A page of elsewhere
// has no token to show, whatever its browser sends along.
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

// isOperator reports whether a request shows the admin token.
func (s *Server) isOperator(r *http.Request) bool {
	token := bearer(r)
	return token != "" && s.gate.Admit(token) == nil
}

func (s *Server) dash(w http.ResponseWriter, r *http.Request, escaped []string) {
	path := make([]string, len(escaped))
	for i, part := range escaped {
		var err error
		if path[i], err = url.PathUnescape(part); err != nil {
			s.fail(w, r, problem.New(problem.Invalid, "The path is not percent-encoded"))
			return
		}
	}
	answer, err := s.dashboard.Answer(r.Context(), path, parseQuery(r.URL.RawQuery).Values)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// bearer returns the token of a request (RFC 6750 §2.1), "" if it has none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
