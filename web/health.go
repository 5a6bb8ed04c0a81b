package web

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/httpserver"
)

// healthy answers that the process is alive.
func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, map[string]string{"status": "alive", "node": s.Node.Name()})
}

// Check is something that a node needs for clients to be sent to it.
type Check struct {
	Name string // for programs, as store
	Err  error  // what is wrong with it; nil if nothing is
}

// readiness answers whether clients may be sent here: this node is a member of a
// cluster, and a join could succeed. Balancers ask every few moments: a node that is
// not ready logs that once, where it finds out.
func (s *Server) readiness(w http.ResponseWriter, _ *http.Request) {
	checks := make(map[string]string)
	for _, c := range s.Checks() {
		checks[c.Name] = "ok"
		if c.Err != nil {
			checks[c.Name] = problem.MessageOf(c.Err)
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	if err := s.Ready(); err != nil {
		w.Header().Set("Retry-After", httpserver.RetryAfter)
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusServiceUnavailable)
		_ = json.NewEncoder(w).Encode(struct {
			details

			Node   string            `json:"node"`
			Checks map[string]string `json:"checks,omitempty"`
		}{
			details{Title: "This node takes no clients now: " + problem.MessageOf(err), Status: http.StatusServiceUnavailable, Code: problem.NameOf(err)},
			s.Node.Name(), checks,
		})
		return
	}
	view := s.Node.View()
	members, lost := make([]string, len(view.Members)), []string{}
	for i, m := range view.Members {
		members[i] = m.Name
	}
	for _, l := range view.LostNow(time.Now()) {
		lost = append(lost, l.Name)
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"status": "ready", "node": s.Node.Name(), "members": members, "lost": lost, "sockets": s.Node.Sockets().Count(), "checks": checks,
	})
}
