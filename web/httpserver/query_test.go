package httpserver

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQueryIsReadAsBrowsersWriteIt(t *testing.T) {
	tests := []struct {
		raw       string
		want      url.Values
		malformed []string
	}{
		{"", url.Values{}, nil},
		{"room=Maths&id_user=1", url.Values{"room": {"Maths"}, "id_user": {"1"}}, nil},
		{"room=a%20b+c&room=d", url.Values{"room": {"a b c", "d"}}, nil},
		{"ua=X11;Linux", url.Values{"ua": {"X11;Linux"}}, nil},
		{"promo=50%off&room=Maths", url.Values{"promo": {"50%off"}, "room": {"Maths"}}, []string{"promo"}},
		{"room=100%", url.Values{"room": {"100%"}}, []string{"room"}},
		{"%zz=1&r%6fom=x", url.Values{"%zz": {"1"}, "room": {"x"}}, nil},
		{"a&b=&=c&&", url.Values{"a": {""}, "b": {""}, "": {"c"}}, nil},
		{"a=b=c", url.Values{"a": {"b=c"}}, nil},
	}
	for _, test := range tests {
		got := ParseQuery(test.raw)
		if diff := cmp.Diff(test.want, got.Values) + cmp.Diff(test.malformed, got.malformed); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.raw, diff)
		}
	}
}

// What Go can read is read as Go does.
func FuzzParseQuery(f *testing.F) {
	f.Add("a=b&c=%20+&%zz=;")
	f.Fuzz(func(t *testing.T, raw string) {
		got := ParseQuery(raw)
		if want, err := url.ParseQuery(raw); err == nil {
			if diff := cmp.Diff(want, got.Values); diff != "" || len(got.malformed) != 0 {
				t.Errorf("%q, malformed %q (-want +got):\n%s", raw, got.malformed, diff)
			}
		}
	})
}
