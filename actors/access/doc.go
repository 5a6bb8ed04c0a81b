// Package access says who somebody is, and what they may do where.
//
// A [Grant] is what was vouched for at one moment: a user, and the rights in rooms. It is a
// property of one socket or request and is kept nowhere else. A [Verifier] makes it of what
// a client shows; package tokens is the one that reads JSON Web Tokens.
package access

import "context"

// Verifier makes a grant of the token that a client shows.
type Verifier interface {
	// Verify returns what the token vouches for. The error is for the client (see package
	// problem), and does not repeat the token: [problem.Unauthorized] for one that is not
	// good, [problem.Unavailable] while it cannot be told whether it is. It may take
	// seconds, as keys may have to be fetched.
	Verify(ctx context.Context, token string) (Grant, error)
}

// LongestToken is how many bytes a token may have: it comes with each request, and headers
// have 16 KiB together.
const LongestToken = 8 << 10
