package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rollcall/rollcall/protos/problem"
)

// LongestID is the length that the id of a user may have, in bytes.
const LongestID = 255

// ParseID returns text if it can be the id of a user: any valid UTF-8 of 1 to
// LongestID bytes without control characters. Ids are compared byte by byte, so
// that "7", "007" and "+7" are three. The error is [problem.Invalid].
func ParseID(text string) (string, error) {
	bad := func(format string, args ...any) (string, error) {
		return "", problem.New(problem.Invalid, format, args...).Named(problem.BadUser)
	}
	switch {
	case text == "":
		return bad("An id_user is missing, such as id_user=1")
	case len(text) > LongestID:
		return bad("An id_user has at most %d bytes, this one has %d", LongestID, len(text))
	case !utf8.ValidString(text):
		return bad("An id_user must be valid UTF-8, percent-encoded once")
	case strings.ContainsFunc(text, unicode.IsControl):
		return bad("An id_user must not contain control characters such as line breaks or tabs")
	}
	return text, nil
}

// noUser says that nobody has this id.
func noUser(id string) error {
	return problem.New(problem.NotFound, "There is no user %.60q", id).Named(problem.UnknownUser)
}
