package identity

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// LongestProfile is how many bytes a profile may have, without the space between its parts.
const LongestProfile = 4 << 10

// DeepestProfile is how deep the arrays and objects of a profile may nest: others read it, in
// languages whose readers end at 64, or fail when they recurse.
const DeepestProfile = 32

// ParseProfile returns a profile as it is kept: any JSON value, as it came but for the
// space between its parts; nil for null, or for nothing. The error is [problem.Invalid].
func ParseProfile(text json.RawMessage) (json.RawMessage, error) {
	if len(text) == 0 {
		return nil, nil
	}
	bad := func(format string, args ...any) (json.RawMessage, error) {
		return nil, problem.New(problem.Invalid, format, args...).Named(problem.BadProfile)
	}
	var compact bytes.Buffer
	switch err := json.Compact(&compact, text); {
	case err != nil, !utf8.Valid(text):
		return bad("a profile must be JSON in UTF-8")
	case compact.Len() > LongestProfile:
		return bad("a profile has at most %d bytes, this one has %d", LongestProfile, compact.Len())
	case socketio.DepthOf(compact.Bytes()) > DeepestProfile:
		return bad("the arrays and objects of a profile nest at most %d deep", DeepestProfile)
	case compact.String() == "null":
		return nil, nil
	}
	return compact.Bytes(), nil
}

func sameText(one, other *string) bool {
	return one == nil && other == nil || one != nil && other != nil && *one == *other
}

// textOf returns a profile as the table has it: NULL for none.
func textOf(profile json.RawMessage) *string {
	if len(profile) == 0 {
		return nil
	}
	text := string(profile)
	return &text
}
