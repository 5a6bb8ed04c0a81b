package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
)

// Bounds of what a token may say of rooms: each is looked at for each request.
const (
	MostPatterns   = 100
	LongestPattern = 256 // bytes, as of the name of a room
)

// Rooms says what somebody may do in which rooms. Where several rules are about a room,
// what any of them grants is granted. The zero value grants nothing.
type Rooms []Rule

// Rule grants rights in the rooms whose names a pattern matches: each * of it stands for
// any text, also for none.
type Rule struct {
	Pattern string
	Rights  Rights
}

// Everywhere returns the same rights in all rooms.
func Everywhere(rights Rights) Rooms { return Rooms{{Pattern: "*", Rights: rights}} }

// MarshalJSON writes the rooms as [ParseRooms] reads them.
func (r Rooms) MarshalJSON() ([]byte, error) {
	object := make(map[string]string, len(r))
	for _, rule := range r {
		object[rule.Pattern] = rule.Rights.String()
	}
	return json.Marshal(object)
}

// In returns the rights in one room.
func (r Rooms) In(room string) Rights {
	var rights Rights
	for _, rule := range r {
		if rights|rule.Rights != rights && matches(rule.Pattern, room) {
			rights |= rule.Rights
		}
	}
	return rights
}

// ParseRooms reads an object of patterns and rights, {"team-*": "jwl"}. The error is
// [problem.Invalid].
func ParseRooms(text []byte) (Rooms, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	start, err := decoder.Token()
	if err != nil || start != json.Delim('{') {
		return nil, errNoRooms()
	}
	rooms := Rooms{}
	for decoder.More() {
		rule, err := nextRule(decoder)
		switch {
		case err != nil:
			return nil, err
		case len(rooms) == MostPatterns:
			return nil, problem.New(problem.Invalid, "rooms has at most %d patterns", MostPatterns)
		case slices.ContainsFunc(rooms, func(other Rule) bool { return other.Pattern == rule.Pattern }):
			return nil, problem.New(problem.Invalid, "rooms has the pattern %.60q twice", rule.Pattern)
		}
		rooms = append(rooms, rule)
	}
	if _, err := decoder.Token(); err != nil { // the closing brace
		return nil, errNoRooms()
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errNoRooms()
	}
	return rooms, nil
}

func errNoRooms() error {
	return problem.New(problem.Invalid, `rooms must be an object of patterns and rights, as {"team-*": "jwl"}`)
}

func nextRule(decoder *json.Decoder) (Rule, error) {
	var rule Rule
	var rights string
	key, err := decoder.Token()
	if err == nil {
		err = decoder.Decode(&rights)
	}
	if err != nil {
		return rule, errNoRooms()
	}
	rule.Pattern, _ = key.(string) // a key always is one
	if rule.Pattern == "" || len(rule.Pattern) > LongestPattern {
		return rule, problem.New(problem.Invalid, "a pattern of rooms has 1 to %d bytes", LongestPattern)
	}
	rule.Rights, err = ParseRights(rights)
	return rule, err
}

// matches reports whether a pattern matches a whole name. It takes time proportional to
// both lengths at most.
func matches(pattern, name string) bool {
	first, rest, stars := strings.Cut(pattern, "*")
	if !stars {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, first)
	if !ok {
		return false
	}
	parts := strings.Split(rest, "*")
	last := parts[len(parts)-1]
	for _, part := range parts[:len(parts)-1] {
		_, after, found := strings.Cut(name, part)
		if !found {
			return false
		}
		name = after
	}
	return strings.HasSuffix(name, last)
}
