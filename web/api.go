package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall/rollcall/actors/backend"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
)

// completeness says in an answer whether it speaks for all nodes.
type completeness struct {
	Complete bool     `json:"complete"`
	Missing  []string `json:"missing"`
	Lost     []string `json:"lost,omitempty"`
}

func completenessOf(c backend.Completeness) completeness {
	return completeness{Complete: c.Complete, Missing: c.Missing, Lost: c.Lost}
}

// tell answers what the nodes of the cluster were asked, or ordered.
func (s *Server) tell(w http.ResponseWriter, r *http.Request, c backend.Completeness, answer any) {
	trace.From(r.Context()).Incomplete(c.Missing)
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, answer)
}

// fieldsWithin reads a body of at most so many bytes that is a JSON object with some of
// these fields, each once, and no other. The error says what it must be like.
func fieldsWithin(w http.ResponseWriter, r *http.Request, longest int64, like string, names ...string) (identity.Fields, error) {
	body, err := bodyWithin(w, r, longest)
	if err != nil {
		return nil, err
	}
	fields, err := identity.ParseFields(body)
	if err == nil {
		err = onlyFields(fields, names)
	}
	if err != nil {
		return nil, badBody(like, err)
	}
	return fields, nil
}

func onlyFields(fields identity.Fields, names []string) error {
	for field := range fields {
		if !slices.Contains(names, field) {
			return problem.New(problem.Invalid, "there is no field %.40q", field)
		}
	}
	return nil
}

// badBody says what a body must be like, and what is wrong with it.
func badBody(like string, err error) error {
	return problem.New(problem.Invalid, "The body must be %s: %s", like, strings.TrimSuffix(problem.MessageOf(err), "."))
}
