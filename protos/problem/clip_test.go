package problem

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// What an error repeats of what a client sent goes into a text frame, which must
// be UTF-8.
func TestErrorsRepeatLittleAndOnlyUTF8(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat("x", 39) + "ü", strings.Repeat("🦊", 100)} {
		got := Clip(text)
		if len(got) > 45 || !utf8.ValidString(got) || !strings.HasPrefix(text, strings.TrimSuffix(got, "…")) {
			t.Errorf("%q became %q", text, got)
		}
	}
}
