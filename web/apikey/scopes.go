package apikey

import (
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
)

// Scopes is what a key is for: some of what follows.
type Scopes uint8

const (
	Read  Scopes = 1 << iota // who is where, and the users
	Emit                     // send to rooms, users and sockets
	Close                    // end connections
	Users                    // add, change and remove users, and revoke their tokens

	All = Read | Emit | Close | Users
)

// spellings are how scopes are written.
func spellings() map[string]Scopes {
	return map[string]Scopes{"read": Read, "emit": Emit, "close": Close, "users": Users, "all": All}
}

// parseScopes reads one or more scopes with + between them. The error does not repeat
// them: what is no scope may be a secret at the wrong place.
func parseScopes(text string) (Scopes, error) {
	var scopes Scopes
	for word := range strings.SplitSeq(text, "+") {
		scope, ok := spellings()[word]
		if !ok {
			return 0, problem.New(problem.Invalid, "its scopes must be read, emit, close, users or all, several with +, as read+emit")
		}
		scopes |= scope
	}
	return scopes, nil
}

// Have reports whether all of some scopes are among these.
func (s Scopes) Have(some Scopes) bool { return s&some == some }

// String returns the scopes as they are written.
func (s Scopes) String() string {
	if s == All {
		return "all"
	}
	var words []string
	for _, word := range []string{"read", "emit", "close", "users"} {
		if s.Have(spellings()[word]) {
			words = append(words, word)
		}
	}
	return strings.Join(words, "+")
}
