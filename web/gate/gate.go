// Package gate decides who may see what is for operators, the dashboard and the
// metrics, and do what is for them: add and remove users. There is one rule, over HTTP
// and over Socket.IO: whoever shows the token. Where a request comes from opens nothing:
// a proxy on this machine brings those of the whole world.
package gate

import (
	"crypto/sha256"
	"crypto/subtle"

	"github.com/rollcall/rollcall/protos/problem"
)

// Gate is the rule. The zero value lets nobody in.
type Gate struct {
	on    bool
	token [sha256.Size]byte // its hash: so that a comparison tells nothing, not even a length
}

// New returns a gate that asks for a token. Without one it lets nobody in.
func New(token string) Gate {
	return Gate{on: token != "", token: sha256.Sum256([]byte(token))}
}

// Admit returns nil for who may see, by the token that they show. The error is
// [problem.Unauthorized], or [problem.NotFound] where no token would do.
func (g Gate) Admit(token string) error {
	shown := sha256.Sum256([]byte(token))
	switch {
	case !g.on:
		return problem.New(problem.NotFound,
			"What is for operators is off, the dashboard, the metrics, and to add or remove users: start Rollcall with --admin-token (ROLLCALL_ADMIN_TOKEN), or have it listen on this machine only, where it makes a token by itself")
	case subtle.ConstantTimeCompare(shown[:], g.token[:]) == 1:
		return nil
	case token == "":
		return problem.New(problem.Unauthorized, "This is for operators: show the admin token")
	default:
		return problem.New(problem.Unauthorized, "This is not the admin token")
	}
}
