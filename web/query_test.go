package web

import (
	"net/http"
	"net/url"
	"strings"
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

// What is not ours does no harm; what is ours is named.
func TestMalformedParameters(t *testing.T) {
	s := newSite(t)
	s.engine.(*Engine).Parameters = []string{"room", "id_user"}
	const opens = "/socket.io/?EIO=4&transport=polling"
	for _, harmless := range []string{"&ua=X11;Linux&room=Maths&id_user=1", "&promo=50%off&room=Maths&id_user=1", "&%zz=%zz"} {
		if got := s.get(opens + harmless); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", harmless, got.status, got.body)
		}
	}
	for target, named := range map[string]string{
		opens + "&room=100%":                       "room",
		opens + "&room=Maths&id_user=%zz":          "id_user",
		opens + "&sid=%":                           "sid",
		"/socket.io/?EIO=%4&transport=polling":     "EIO",
		"/socket.io/?EIO=4&transport=%polling":     "transport",
		"/users?id_user=1%":                        "id_user",
		"/Maths/users?require=%zz":                 "require",
		"/socket.io/?EIO=3&transport=ws&room=100%": "room",
	} {
		got := s.get(target)
		if want := "The query parameter " + named + " is not percent-encoded"; got.status < 400 || got.status > 499 || !strings.Contains(got.body, want) {
			t.Errorf("%s: %d %s", target, got.status, got.body)
		}
	}
	if got := s.get("/users?id_user=1;2"); strings.TrimSpace(got.body) != "[]" { // nobody has that id; Go would drop the parameter, and list everybody
		t.Errorf("an id with a semicolon: %d %s", got.status, got.body)
	}
	if got := s.get("/users?promo=50%off&id_user=1"); got.status != http.StatusOK || strings.Count(got.body, "id_user") != 1 {
		t.Errorf("one user: %d %s", got.status, got.body)
	}
}
