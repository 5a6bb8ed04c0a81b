package room

import (
	"unicode/utf8"

	"github.com/rollcall/rollcall/protos/problem"
)

// LongestName is the length that the name of a room may have, in bytes.
const LongestName = 256

// ParseName returns name if it can be the name of a room: any valid UTF-8 of 1
// to LongestName bytes.
func ParseName(name string) (string, error) {
	bad := func(format string, args ...any) (string, error) {
		return "", problem.New(problem.Invalid, format, args...).Named(problem.BadRoom)
	}
	switch {
	case name == "":
		return bad("The name of a room is missing")
	case len(name) > LongestName:
		return bad("A room name has at most %d bytes, this one has %d", LongestName, len(name))
	case !utf8.ValidString(name):
		return bad("A room name must be valid UTF-8, percent-encoded once")
	}
	return name, nil
}
