package socketio

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func nested(open, inner, closing string, depth int) string {
	return strings.Repeat(open, depth) + inner + strings.Repeat(closing, depth)
}

func TestPacketsAreBoundedInShape(t *testing.T) {
	many := strings.Repeat(",1", MaxElements-1)
	tests := []struct {
		name, text string
		want       error
	}{
		{"as deep as may be", `2["x",` + nested("[", "", "]", MaxDepth-1) + `]`, nil},
		{"deeper", `2["x",` + nested("[", "", "]", MaxDepth) + `]`, TooDeep},
		{"objects", `2["x",` + nested(`{"a":`, "1", "}", MaxDepth-1) + `]`, nil},
		{"deeper objects", `2["x",` + nested(`{"a":`, "1", "}", MaxDepth) + `]`, TooDeep},
		{"an answer", `31[` + nested("[", "", "]", MaxDepth) + `]`, TooDeep},
		{"a connect", `0` + nested(`{"a":`, "1", "}", MaxDepth+1), TooDeep},
		{"with an attachment", `51-["x",{"_placeholder":true,"num":0},` + nested("[", "", "]", MaxDepth) + `]`, TooDeep},
		{"many side by side", `2["x"` + strings.Repeat(`,[[1]]`, 500) + `]`, nil},
		{"brackets in text", `2["x","` + strings.Repeat(`[{\"`, 5000) + `"]`, nil},
		{"as many elements as may be", `2["x"` + many + `]`, nil},
		{"more", `2["x"` + many + `,1]`, TooManyElements},
		{"more in an answer", `31["x"` + many + `,1]`, TooManyElements},
		{"many in one element", `2["x",[1` + many + many + `]]`, nil},
		{"many that are no JSON", `2["x"` + many + `,`, NotJSON},
		{"a long namespace", `2/` + strings.Repeat("n", MaxNamespace-1) + `,["x"]`, nil},
		{"a longer one", `2/` + strings.Repeat("n", MaxNamespace) + `,["x"]`, NamespaceTooLong},
		{"a long id", `2` + strings.Repeat("7", MaxID) + `["x"]`, nil},
		{"a longer one", `2` + strings.Repeat("7", MaxID+1) + `["x"]`, IDTooLong},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, v := range []Version{V4, V5} {
				d := Decoder{Version: v}
				if _, _, err := d.Text([]byte(test.text)); !errors.Is(err, test.want) && !(v == V4 && strings.HasPrefix(test.text, "0")) {
					t.Errorf("version %d: %v, want %v", v, err, test.want)
				}
			}
		})
	}
}

// The query of a namespace in version 4, which holds tokens, is none of its name.
func TestQueryOfANamespaceMayBeLong(t *testing.T) {
	d := Decoder{Version: V4}
	if _, _, err := d.Text([]byte("0/custom?token=" + strings.Repeat("t", 5000))); err != nil {
		t.Error(err)
	}
}

// FuzzShape compares the depth with that of a walk that looks at every byte.
func FuzzShape(f *testing.F) {
	for _, data := range []string{`[[]]`, `["\"[",{"[":[]}]`, `]]`, `"`, `["\`} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 || !utf8.Valid(data) {
			return
		}
		want, depth, quoted := 0, 0, false
		for i := 0; i < len(data); i++ {
			switch c := data[i]; {
			case quoted && c == '\\':
				i++
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == '[' || c == '{':
				depth++
				want = max(want, depth)
			case c == ']' || c == '}':
				depth--
			}
		}
		if got := depthOf(data); got != want {
			t.Fatalf("%q is %d deep, want %d", data, got, want)
		}
		_ = checkShape(data) // must end, within bounds
	})
}

// What is refused costs no more memory the longer it is.
func TestRefusedShapesCostNoMemory(t *testing.T) {
	for _, text := range []string{
		`2["x"` + strings.Repeat(",1", 100_000) + `]`,
		`2["x",` + nested("[", "", "]", 100_000) + `]`,
	} {
		var d Decoder
		if allocs := allocations(func() { _, _, _ = d.Text([]byte(text)) }); allocs > 2 {
			t.Errorf("%v allocations for %.20s…", allocs, text)
		}
	}
}
