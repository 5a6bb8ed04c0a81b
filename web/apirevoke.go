package web

import (
	"net/http"
	"time"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
)

// revokeLike is what a body must be like that revokes tokens.
const revokeLike = `{"before": "2026-11-29T12:00:00Z"}, or {} for now`

// revokeTokens answers POST /api/users/{id}/revoke.
func (s *Server) revokeTokens(w http.ResponseWriter, r *http.Request, id string) {
	before, err := momentAsked(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	trace.From(r.Context()).About("", id, "")
	if err := s.Node.Revoke(r.Context(), id, before); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// momentAsked reads before which moment tokens are to be refused; all so far without one.
func momentAsked(w http.ResponseWriter, r *http.Request) (before time.Time, err error) {
	before = identity.SoFar(time.Now())
	if r.ContentLength == 0 {
		return before, nil
	}
	err = fieldsOf(w, r, revokeLike, func(fields identity.Fields) error {
		if _, there := fields["before"]; !there {
			return nil
		}
		text, err := fields.Text("before")
		if err != nil {
			return err
		}
		if before, err = time.Parse(time.RFC3339, text); err != nil {
			return problem.New(problem.Invalid, "before is no time of RFC 3339")
		}
		return nil
	}, "before")
	return before, err
}
