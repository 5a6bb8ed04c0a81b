package access

import (
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestRights(t *testing.T) {
	for text, want := range map[string]Rights{
		"": 0, "j": Join, "jl": Join | List, "lj": Join | List, "jwl": Usual, "jwld": Usual | Remove,
	} {
		got, err := ParseRights(text)
		if err != nil || got != want {
			t.Errorf("%q are %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"jj", "x", "J", "j l", "jwld*", "\x00", "ü"} {
		if got, err := ParseRights(text); problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%q are %v, %v", text, got, err)
		}
	}
}

func TestRoomsGrantWhatAnyRuleGrants(t *testing.T) {
	rooms, err := ParseRooms([]byte(`{"team-*": "jl", "*-read": "l", "team-a": "w", "exact": "jwld", "a*b*c": "j", "**": ""}`))
	if err != nil {
		t.Fatal(err)
	}
	for room, want := range map[string]string{
		"team-": "jl", "team-x": "jl", "team-a": "jwl", "team-read": "jl", "xteam-": "", "team": "",
		"exact": "jwld", "exact2": "", "Exact": "", "abc": "j", "aXbYc": "j", "aXbYcZ": "", "abcbc": "j", "acb": "", "ac": "", "": "",
	} {
		if got := rooms.In(room).String(); got != want {
			t.Errorf("in %q: %q, want %q", room, got, want)
		}
	}
	if !(Grant{Rooms: Everywhere(Usual)}).May(Join|List, "..") || (Grant{Rooms: Everywhere(Usual)}).May(Remove, "a") || (Grant{}).May(Join, "a") {
		t.Error("the rights of all, or of nobody, are wrong")
	}
}

func TestBadRoomsAreRefused(t *testing.T) {
	for _, text := range []string{
		``, `null`, `"*"`, `["*"]`, `{`, `{"*"}`, `{"*": "j"} x`, `{"*": 1}`, `{"*": "jj"}`, `{"": "j"}`, `{"*": "j", "*": "l"}`,
		`{"` + strings.Repeat("x", LongestPattern+1) + `": "j"}`,
		`{` + strings.Repeat(`"x": "j",`, 2) + `"y": "j"}`,
	} {
		if rooms, err := ParseRooms([]byte(text)); problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%.60s: %v, %v", text, rooms, err)
		}
	}
}

// matchesSlowly is the meaning of a pattern, one byte after the other.
func matchesSlowly(pattern, name string) bool {
	switch {
	case pattern == "":
		return name == ""
	case pattern[0] == '*':
		return matchesSlowly(pattern[1:], name) || name != "" && matchesSlowly(pattern, name[1:])
	}
	return name != "" && pattern[0] == name[0] && matchesSlowly(pattern[1:], name[1:])
}

func FuzzPatterns(f *testing.F) {
	for _, seed := range [][2]string{{"*", ""}, {"a*", "ab"}, {"*a*a", "aa"}, {"a*a", "a"}, {"**", "x"}, {"*ab", "aab"}, {"a", "a"}, {"", "a"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 12 || len(name) > 24 {
			return // the other way takes exponential time
		}
		if got, want := matches(pattern, name), matchesSlowly(pattern, name); got != want {
			t.Errorf("%q, %q: %v", pattern, name, got)
		}
	})
}

func FuzzParseRooms(f *testing.F) {
	f.Add([]byte(`{"team-*": "jwl"}`))
	f.Add([]byte(`{"a": "j", "a": "j"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		rooms, err := ParseRooms(text)
		if (err == nil) != (rooms != nil) || len(rooms) > MostPatterns {
			t.Errorf("%q: %v, %v", text, rooms, err)
		}
	})
}
