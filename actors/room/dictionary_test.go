package room

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDictionaryNumbersTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOf(rapid.StringMatching(`[ab]{0,3}`)).Draw(t, "texts")
		d := newDictionary(len(texts))
		want := map[string]uint32{}
		var order []string
		bytes := 0
		for _, text := range texts {
			if _, seen := want[text]; !seen {
				want[text] = uint32(len(order))
				order = append(order, text)
				bytes += len(text)
			}
			if got := d.number(text); got != want[text] {
				t.Fatalf("%q is number %d, want %d", text, got, want[text])
			}
		}
		if diff := cmp.Diff(order, d.texts); diff != "" || d.bytes != bytes {
			t.Fatalf("%d bytes, want %d (-want +got):\n%s", d.bytes, bytes, diff)
		}
	})
}
