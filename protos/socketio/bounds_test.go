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

// Of an event that is too long nothing is read but its name, and its attachments, which
// are no part of the next packet.
func TestLongEventsAreNotLookedInto(t *testing.T) {
	longest := func(event []byte) int {
		if string(event) == "small" {
			return 2000
		}
		return 1 << 20
	}
	long := strings.Repeat("[", 3000)
	tests := []struct {
		name, text string
		oversize   int
		want       error
	}{
		{"too long, and no JSON", `2["small",` + long, 3009, nil},
		{"with an id", `27["small",` + long, 3009, nil},
		{"with attachments", `52-/a,7["small",` + long, 3009, nil},
		{"with space before the name", "2[ \t" + `"small" ,` + long, 3012, nil},
		{"an event that may be longer", `2["large",` + long, 0, TooDeep},
		{"not too long", `2["small","` + strings.Repeat("x", 1900) + `"]`, 0, nil},
		{"no name", `2[` + long, 0, TooDeep},
		{"no end of the name", `2["` + strings.Repeat("x", 3000), 0, NotJSON},
		{"a reserved name", `2["connect",` + long, 0, TooDeep},
		{"an answer", `31["small",` + long, 0, TooDeep},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := Decoder{Longest: longest, MaxBytes: 100}
			p, whole, err := d.Text([]byte(test.text))
			for !whole && err == nil {
				p, whole, err = d.Binary([]byte("b"))
			}
			if !errors.Is(err, test.want) || p.Oversize != test.oversize {
				t.Fatalf("%d bytes too long, %v; want %d, %v", p.Oversize, err, test.oversize, test.want)
			}
			if test.oversize == 0 {
				return
			}
			if name, args, err := p.Event(); name != "small" || len(args) > 0 || err != nil {
				t.Errorf("event %q %s, %v", name, args, err)
			}
			if again, _, err := d.Text([]byte(`2["small"]`)); err != nil || again.Oversize > 0 {
				t.Errorf("the next packet: %v", err)
			}
		})
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
		if got := DepthOf(data); got != want {
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
