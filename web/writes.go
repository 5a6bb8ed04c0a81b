package web

import (
	"net/http"
	"time"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/visitors"
)

// anybody lets anybody at a route that changes something, if they come from one of our
// own pages, or from no page, and do not do it too often. Whoever shows the admin token
// is held to neither: no page of elsewhere has it.
func (s *Server) anybody(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := s.mayWrite(r); err != nil {
			s.fail(w, r, err)
			return
		}
		handle(w, r)
	}
}

func (s *Server) mayWrite(r *http.Request) error {
	if s.isOperator(r) {
		return nil
	}
	if !s.origins.Admits(r) {
		s.origins.Tell(r)
		return problem.New(problem.Forbidden, "Pages of this origin may change nothing here. If it is yours, start Rollcall with --cors-origin; or with --trusted-proxy, if a proxy in front of it changes the Host: the log says which")
	}
	return s.Writes.Take(visitors.SiteOf(r.RemoteAddr), time.Now())
}
