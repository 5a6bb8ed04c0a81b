package web

import (
	"net/http"
	"time"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/visitors"
)

// mayWrite returns why who may use a route may not do so now, if it changes something: too
// often, or from a page of elsewhere. Operators, and keys that are for it, are held to
// neither, and are not asked about here. Who has shown a token does not come from a page of elsewhere without meaning to: a browser sends no
// Authorization: Bearer by itself, and a page has no token of another one.
func (s *Server) mayWrite(r *http.Request, method string, who caller) error {
	if method == http.MethodGet {
		return nil
	}
	if who.grant == nil && !s.origins.Admits(r) {
		s.origins.Tell(r)
		return problem.New(problem.Forbidden, "Pages of this origin may change nothing here. If it is yours, start Rollcall with --cors-origin; or with --trusted-proxy, if a proxy in front of it changes the Host: the log says which")
	}
	return s.writes.Take(visitors.SiteOf(r.RemoteAddr), time.Now())
}
