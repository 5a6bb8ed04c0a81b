package doctor

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTheKeysOfTokensAreFetched(t *testing.T) {
	const good = `{"keys":[{"kty":"RSA","use":"sig","kid":"1"},{"kty":"EC","kid":"2"},{"kty":"RSA","use":"enc"},{"kty":"oct","k":"c3dvcmRmaXNo"}]}`
	now := time.Now()
	for name, test := range map[string]struct {
		status int
		body   string
		clock  time.Time
		level  Level
		says   string
	}{
		"keys":              {200, good, now, OK, "publishes: 2"},
		"another time":      {200, good, now.Add(-time.Minute), Warning, "behind this machine's"},
		"a time to come":    {200, good, now.Add(time.Hour), Warning, "ahead of this machine's"},
		"no keys":           {200, `{"keys":[]}`, now, Wrong, "no public keys"},
		"shared secrets":    {200, `{"keys":[{"kty":"oct","k":"c3dvcmRmaXNo"}]}`, now, Wrong, "no public keys"},
		"something else":    {200, `<html>swordfish`, now, Wrong, "no JSON Web Key Set"},
		"nothing":           {404, ``, now, Wrong, "404 Not Found"},
		"a fault of theirs": {500, good, now, Wrong, "500"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", test.clock.UTC().Format(http.TimeFormat))
			w.WriteHeader(test.status)
			_, _ = w.Write([]byte(test.body))
		}))
		found := Node{Tokens: true, KeySets: []KeySet{{URL: server.URL}}}.tokens(t.Context())
		server.Close()
		level, said := OK, ""
		for _, f := range found {
			if strings.Contains(f.Says, "plain HTTP") { // as a server of a test is reached
				continue
			}
			if said += f.Says + "\n"; f.Level > level { // by their names, too
				level = f.Level
			}
		}
		if level != test.level || !strings.Contains(said, test.says) || strings.Contains(said, "swordfish") {
			t.Errorf("%s: %v %s", name, level, said)
		}
	}
}

func TestTheDoctorSaysHowUsersAreKnown(t *testing.T) {
	for says, node := range map[string]Node{
		"--auth none":                 {},
		"a key that is given":         {Tokens: true},
		"keys cannot be fetched from": {Tokens: true, KeySets: []KeySet{{URL: "https://127.0.0.1:1/"}}},
	} {
		if found := node.tokens(t.Context()); len(found) != 1 || !strings.Contains(found[0].Says, says) {
			t.Errorf("%+v", found)
		}
	}
}

func TestTheDoctorDoubtsKeysThatOthersCanUse(t *testing.T) {
	for _, test := range []struct {
		set  KeySet
		says []string
	}{
		{KeySet{URL: "https://a.example"}, nil},
		{KeySet{URL: "http://a.example"}, []string{"plain HTTP"}},
		{KeySet{URL: "https://a.example", AnyAudience: true}, []string{"whatever audience"}},
		{KeySet{URL: "http://a.example", AnyAudience: true}, []string{"plain HTTP", "whatever audience"}},
	} {
		found := test.set.doubts()
		if len(found) != len(test.says) {
			t.Errorf("%+v: %+v", test.set, found)
			continue
		}
		for i, f := range found {
			if f.Level != Warning || f.Do == "" || !strings.Contains(f.Says, test.says[i]) {
				t.Errorf("%+v: %+v", test.set, f)
			}
		}
	}
}
