package room

import (
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestRoomNames(t *testing.T) {
	good := []string{"Maths", " ", "/", "..", "a/b", "a%2Fb", "$", "ü", "教室", "\x00", "\n", "🦊", strings.Repeat("x", LongestName), "node"}
	for _, name := range good {
		if got, err := ParseName(name); got != name || err != nil {
			t.Errorf("%q became %q, %v", name, got, err)
		}
	}
	bad := []string{"", "\xff", "a\xc3", "\xed\xa0\x80", strings.Repeat("x", LongestName+1), strings.Repeat("ü", LongestName/2) + "x"}
	for _, name := range bad {
		if _, err := ParseName(name); problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
}
