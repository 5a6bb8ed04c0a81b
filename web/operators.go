package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/proxies"
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
	if err := s.gate.Admit(calledAs(r), bearer(r)); err != nil {
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

// operator lets only operators at a route that changes something. A gate that is open
// asks for nothing that a page of elsewhere would lack, so such pages are kept out.
func (s *Server) operator(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Add("Vary", "Authorization")
		token := bearer(r)
		err := s.gate.Admit(calledAs(r), token)
		if err == nil && token == "" && !(origins{}).admits(r) {
			err = problem.New(problem.Unauthorized, "Pages of other origins may do this with the admin token only: start Rollcall with --admin-token, and show it")
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		handle(w, r)
	}
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

// calledAs returns the name by which the sender of a request called this server, for
// the gate: "" if it came through a proxy, which may have put a name of this machine
// there, and whose client may be anywhere.
func calledAs(r *http.Request) string {
	if proxies.Passed(r) {
		return ""
	}
	return r.Host
}

// bearer returns the token of a request (RFC 6750 §2.1), "" if it has none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
