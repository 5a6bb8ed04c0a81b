package web

import (
	"net/http"

	"github.com/rollcall/rollcall/protos/problem"
)

// healthy answers that the process is alive.
func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, map[string]string{"status": "alive", "node": s.node.Name()})
}

// readiness answers whether clients may be sent here: this node is a member of a
// cluster, and able to serve.
func (s *Server) readiness(w http.ResponseWriter, r *http.Request) {
	if err := s.ready(); err != nil {
		s.fail(w, r, problem.Wrap(err, problem.Unavailable, "This node takes no clients now: %s", problem.MessageOf(err)))
		return
	}
	members := s.node.View().Members
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Name
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, map[string]any{
		"status": "ready", "node": s.node.Name(), "members": names, "sockets": s.node.Sockets().Count(),
	})
}
