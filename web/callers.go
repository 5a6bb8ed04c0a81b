package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/apikey"
)

// caller is who a request is from, by what it shows as Authorization: Bearer. At most one
// of its fields is set: none for who has shown nothing, which gets past no rule unless the
// server asks nobody who they are.
type caller struct {
	operator bool          // showed the admin token
	key      *apikey.Key   // whose secret was shown
	grant    *access.Grant // of the token that was shown
}

// name is that of the key, "" for everybody else.
func (c caller) name() string {
	if c.key == nil {
		return ""
	}
	return c.key.Name
}

// identify returns who a request is from. Where nobody is asked for a token, what is
// neither the admin token nor a key says nothing. What does not even look like a token may
// have been meant as a key, which all routes take that ask.
func (s *Server) identify(r *http.Request) (caller, error) {
	shown := bearer(r)
	if shown == "" {
		return caller{}, nil
	}
	if s.Gate.Admit(shown) == nil {
		return caller{operator: true}, nil
	}
	if key, ok := s.Keys.Find(shown); ok {
		return caller{key: &key}, nil
	}
	if s.Access == nil {
		return caller{}, nil
	}
	const dots = 2 // of a signed JSON Web Token (RFC 7515 §7.1)
	if strings.Count(shown, ".") != dots {
		return caller{}, problem.New(problem.Unauthorized, "This is no API key of this server, and no JSON Web Token that can be read").Named(problem.BadToken)
	}
	grant, err := s.Access.Verify(r.Context(), shown)
	if err != nil {
		return caller{}, err
	}
	return caller{grant: &grant}, nil
}

type callerKey struct{}

// callerOf returns who a request is from that came past the rule of its route.
func callerOf(r *http.Request) caller {
	who, _ := r.Context().Value(callerKey{}).(caller)
	return who
}

// from returns a request that knows who it is from.
func (c caller) from(r *http.Request) *http.Request {
	if c == (caller{}) {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
}

// bearer returns the token of a request (RFC 6750 §2.1), "" if it has none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
