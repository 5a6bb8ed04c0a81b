package actors

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestRoomNames(t *testing.T) {
	good := []string{"Maths", " ", "/", "..", "a/b", "a%2Fb", "$", "ü", "教室", "\x00", "\n", "🦊", strings.Repeat("x", LongestRoom), "node"}
	for _, name := range good {
		if got, err := ParseRoom(name); got != name || err != nil {
			t.Errorf("%q became %q, %v", name, got, err)
		}
	}
	bad := []string{"", "\xff", "a\xc3", "\xed\xa0\x80", strings.Repeat("x", LongestRoom+1), strings.Repeat("ü", LongestRoom/2) + "x"}
	for _, name := range bad {
		if _, err := ParseRoom(name); problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// What an error repeats of what a client sent goes into a text frame, which must
// be UTF-8.
func TestErrorsRepeatLittleAndOnlyUTF8(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat("x", 39) + "ü", strings.Repeat("🦊", 100)} {
		got := clip(text)
		if len(got) > 45 || !utf8.ValidString(got) || !strings.HasPrefix(text, strings.TrimSuffix(got, "…")) {
			t.Errorf("%q became %q", text, got)
		}
	}
}
