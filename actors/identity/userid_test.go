package identity

import (
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestParseID(t *testing.T) {
	for _, id := range []string{
		"foo", "1", "7", "007", "+7", "0", "-1", "9223372036854775808", "98765432109876543210", "9007199254740993", "1,2", " 1", "a b",
		"018f4e9a-7c1e-7b3a-9c55-2f6f0c9d1e77", "ann@example.com", "auth0|5f7c", "日本", "\ufffd", `"`, "null", strings.Repeat("é", 127) + "x",
	} {
		if got, err := ParseID(id); got != id || err != nil {
			t.Errorf("%q became %q, %v", id, got, err)
		}
	}
	for _, id := range []string{"", strings.Repeat("x", 256), strings.Repeat("é", 128), "\xff\xfe", "a\xc0\xafb", "\x00", "1\n", "\t", "a\x7f", "a\u0085"} {
		_, err := ParseID(id)
		if problem.CodeOf(err) != problem.Invalid || problem.NameOf(err) != problem.BadUser || len(err.Error()) > 200 {
			t.Errorf("%.50q: %v", id, err)
		}
	}
}
