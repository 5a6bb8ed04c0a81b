package socketio

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseString(t *testing.T) {
	good := map[string]string{
		`""`: "", `"Maths"`: "Maths", ` "a" `: "a", `"\u0041"`: "A", `"\u0000"`: "\x00", `"日本"`: "日本", `"\ufffd"`: "\ufffd", "\"\ufffd\"": "\ufffd",
		`"\ud83e\udd8a"`: "🦊", `"\\ud800"`: `\ud800`, `"\\\\ud800"`: `\\ud800`, `"\"\\\/\b\f\n\r\t"`: "\"\\/\b\f\n\r\t", `"x\uD83E\uDD8Ay"`: "x🦊y",
	}
	for text, want := range good {
		if got, ok := ParseString(json.RawMessage(text)); got != want || !ok {
			t.Errorf("%s became %q, %v", text, got, ok)
		}
	}
	bad := []string{
		"", "null", "1", "{}", `["a"]`, `"a`, `"a" "b"`, "\"Ros\xe9\"", `"\ud800"`, `"\udc00"`, `"\ud800\ud800"`, `"\ud800x"`, `"\udc00\ud800"`,
		`"\ud800\\udc00"`, `"\ud83e\udd8a\ud800"`, `"\uD800\u0041"`, `"\ud800\n"`, `"\u12"`,
	}
	for _, text := range bad {
		if got, ok := ParseString(json.RawMessage(text)); ok {
			t.Errorf("%s became %q", text, got)
		}
	}
}

// What is taken is what encoding/json makes of it, and survives being written.
func FuzzParseString(f *testing.F) {
	for _, text := range []string{`"a"`, `"\ud83e\udd8a"`, `"\ud800"`, "\"\xe9\"", `"\\u"`, "null"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, ok := ParseString(text)
		var want string
		if !ok {
			return
		}
		if err := json.Unmarshal(text, &want); err != nil || got != want {
			t.Fatalf("%q became %q, want %q, %v", text, got, want, err)
		}
		if strings.Contains(got, "\ufffd") && !strings.Contains(string(text), "\ufffd") && !strings.Contains(strings.ToLower(string(text)), `\ufffd`) {
			t.Fatalf("%q lost something: %q", text, got)
		}
		if again, ok := ParseString(AppendString(nil, got)); again != got || !ok {
			t.Fatalf("%q became %q, %v", got, again, ok)
		}
	})
}
