package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rollcall/rollcall/protos/problem"
)

// User is one row of the user store.
type User struct {
	ID      string `json:"id_user"`
	Name    string `json:"name"`    // as [ParseName] returns it
	Version int64  `json:"version"` // from 1, one more with each new name
}

// Change says that a user has a new version. It carries no name: whoever needs
// that reads the user, and so cannot show a name that is out of date.
type Change struct {
	Seq     int64  `json:"seq"` // position in the log of all changes, from 1
	User    string `json:"id_user"`
	Version int64  `json:"version"`
	At      int64  `json:"at,omitempty"` // when it was written, Unix milliseconds; 0 from a node that did not say

	// Trace goes with a change over the bus; it is no part of the log. See
	// package trace.
	Trace string `json:"trace,omitempty"`
}

// LongestName is the number of characters (code points) that a name may have.
const LongestName = 255

// ParseName returns name without the space around it, or a [problem.Invalid]
// error that tells a person what is wrong with it.
func ParseName(name string) (string, error) {
	if !utf8.ValidString(name) {
		return "", problem.New(problem.Invalid, "a name must be valid UTF-8")
	}
	name = strings.TrimSpace(name)
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", problem.New(problem.Invalid, "a name must not be empty")
	case n > LongestName:
		return "", problem.New(problem.Invalid, "a name has at most %d characters, this one has %d", LongestName, n)
	case strings.ContainsFunc(name, unicode.IsControl):
		return "", problem.New(problem.Invalid, "a name must not contain control characters such as line breaks or tabs")
	}
	return name, nil
}
