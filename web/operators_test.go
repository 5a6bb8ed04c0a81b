package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/gate"
)

// echoing is a dashboard that answers with what it was asked.
type echoing struct{}

func (echoing) Answer(_ context.Context, path []string, query url.Values) (any, error) {
	if query.Has("fail") {
		return nil, problem.New(problem.Invalid, "bad %s", query.Get("fail"))
	}
	return path, nil
}

func operated(gate gate.Gate) func(*Config) {
	return func(c *Config) {
		c.Gate, c.Dashboard = gate, echoing{}
		c.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("figures")) })
		c.Origins = []string{"*"}
	}
}

func TestWhatIsForOperatorsIsBehindTheGate(t *testing.T) {
	const token = "sixteen or more characters"
	off, locked := newSite(t, operated(gate.Gate{})), newSite(t, operated(gate.New(token)))
	for _, target := range []string{"/api/dash", "/api/dash/nodes", "/api/dash/nothing/at/all", "/metrics"} {
		if a := off.get(target, "Authorization", "Bearer "+token); a.status != http.StatusNotFound || !strings.Contains(a.body, "--admin-token") {
			t.Errorf("off: %s %v", target, a)
		}
		for _, header := range []string{"", token, "Basic " + token, "Bearer x", "Bearer"} {
			a := locked.get(target, "Authorization", header)
			if a.status != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") || a.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("locked: %s with %q: %v", target, header, a)
			}
		}
		a := locked.get(target, "Authorization", "bearer "+token, "Origin", "https://elsewhere.example")
		if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", target, a)
		}
		if a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may be read by pages of elsewhere", target)
		}
	}
	if a := locked.ask(http.MethodOptions, "/api/dash/nodes", ""); a.status != http.StatusUnauthorized {
		t.Errorf("another origin is answered %v", a)
	}
	if a := off.get("/metrics/users"); a.status != http.StatusOK {
		t.Errorf("the room metrics: %v", a)
	}
}

func TestTheDashboardGetsItsPathUnescapedOnce(t *testing.T) {
	const token = "sixteen or more characters"
	s := newSite(t, operated(gate.New(token)))
	for target, want := range map[string][]string{
		"/api/dash": {}, "/api/dash/rooms/a%2Fb%2525": {"rooms", "a/b%25"}, "/api/dash/": {},
	} {
		var got []string
		if err := json.Unmarshal([]byte(s.get(target, "Authorization", "Bearer "+token).body), &got); err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: %q", target, got)
		}
	}
	if a := s.get("/api/dash/nodes?fail=luck", "Authorization", "Bearer "+token); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "bad luck") {
		t.Errorf("%v", a)
	}
	if a := s.ask(http.MethodPost, "/api/dash/nodes", "", "Authorization", "Bearer "+token); a.status != http.StatusMethodNotAllowed {
		t.Errorf("%v", a)
	}
	bare := newSite(t, func(c *Config) { c.Gate = gate.New(token) })
	if a := bare.get("/api/dash", "Authorization", "Bearer "+token); a.status != http.StatusNotFound {
		t.Errorf("without a dashboard: %v", a)
	}
}

// A proxy on this machine calls us by a name of this machine, and may be there for
// the whole world; and whoever reaches us may call us what they like.
func TestNoNameAndNoAddressOpensTheGate(t *testing.T) {
	const token = "sixteen or more characters"
	locked := newSite(t, operated(gate.New(token)))
	for _, host := range []string{"localhost", "localhost:5009", "127.0.0.1:5009", "[::1]:5009", "rollcall.example"} {
		for _, peer := range []string{"127.0.0.1:40000", "[::1]:40000", "192.0.2.1:40000"} {
			for shown, want := range map[string]int{"": http.StatusUnauthorized, "Bearer " + token: http.StatusOK} {
				r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
				r.Host, r.RemoteAddr = host, peer
				r.Header.Set("Authorization", shown)
				got := httptest.NewRecorder()
				if locked.ServeHTTP(got, r); got.Code != want {
					t.Errorf("%s from %s with %q: %d, want %d", host, peer, shown, got.Code, want)
				}
			}
		}
	}
}
