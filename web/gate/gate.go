// Package gate decides who may see what is for operators, the dashboard and the
// metrics, and do what is for them: add and remove users. There is one rule, over HTTP and over Socket.IO.
package gate

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/netip"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
)

// Gate is the rule. The zero value lets nobody in.
type Gate struct {
	open   bool
	locked bool
	token  [sha256.Size]byte // its hash: so that a comparison tells nothing, not even a length
}

// New returns a gate that asks for a token. Without one it is open to everybody,
// or to nobody.
func New(open bool, token string) Gate {
	return Gate{open: open && token == "", locked: token != "", token: sha256.Sum256([]byte(token))}
}

// Admit returns nil for who may see, by the token that they show. host is the name
// by which they call this server: an open gate is open to this machine only, and
// not to a page of elsewhere whose name was made to lead here (DNS rebinding). The
// error is [problem.Unauthorized], or [problem.NotFound] where no token would do.
func (g Gate) Admit(host, token string) error {
	shown := sha256.Sum256([]byte(token))
	switch {
	case g.open && isHere(host):
		return nil
	case g.open:
		return problem.New(problem.NotFound, "Without --admin-token this is open under the names of this machine only, and not through a proxy: call it at localhost")
	case !g.locked:
		return problem.New(problem.NotFound,
			"What is for operators is off, the dashboard, the metrics, and to add or remove users: start Rollcall with --admin-token (ROLLCALL_ADMIN_TOKEN), or as a local cluster that listens on this machine only")
	case subtle.ConstantTimeCompare(shown[:], g.token[:]) == 1:
		return nil
	case token == "":
		return problem.New(problem.Unauthorized, "This is for operators: show the admin token")
	default:
		return problem.New(problem.Unauthorized, "This is not the admin token")
	}
}

// isHere reports whether a Host header names this machine.
func isHere(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	ip, err := netip.ParseAddr(name)
	return strings.EqualFold(name, "localhost") || err == nil && ip.IsLoopback()
}
