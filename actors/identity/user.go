package identity

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/pubsub"
)

// User is one row of the user store.
type User struct {
	ID      string          `json:"id_user"`
	Name    string          `json:"name"`              // as [ParseName] returns it
	Profile json.RawMessage `json:"profile,omitempty"` // as [ParseProfile] returns it; nil for none
	Version int64           `json:"version"`           // from 1, one more with each new name or profile; who is added again goes on behind the removal
}

// Change is what the log has of a change of a user, and what is said of it over Redis.
type Change = pubsub.Change

// LongestName is the number of characters (code points) that a name may have.
const LongestName = 255

// ParseName returns name without the space around it, or a [problem.Invalid]
// error that tells a person what is wrong with it. What is left has a character that
// people see, and none that makes them see another name than is written.
func ParseName(name string) (string, error) {
	bad := func(format string, args ...any) (string, error) {
		return "", problem.New(problem.Invalid, format, args...).Named(problem.BadName)
	}
	if !utf8.ValidString(name) {
		return bad("a name must be valid UTF-8")
	}
	name = strings.TrimSpace(name)
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return bad("a name must not be empty")
	case n > LongestName:
		return bad("a name has at most %d characters, this one has %d", LongestName, n)
	case strings.ContainsFunc(name, unicode.IsControl), strings.ContainsFunc(name, breaksLines):
		return bad("a name must not contain control characters such as line breaks or tabs")
	case strings.ContainsFunc(name, reorders):
		return bad("a name must not contain characters that change the direction of its text, U+202A to U+202E and U+2066 to U+2069")
	case !strings.ContainsFunc(name, isVisible):
		return bad("a name needs a character that people can see")
	}
	return name, nil
}
