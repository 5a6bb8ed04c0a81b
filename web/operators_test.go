package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/gate"
	"github.com/rollcall/rollcall/web/proxies"
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
	off, locked, open := newSite(t, operated(gate.Gate{})), newSite(t, operated(gate.New(true, token))), newSite(t, operated(gate.New(true, "")))
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
		for _, s := range []*site{locked, open} {
			a := s.get(target, "Authorization", "bearer "+token, "Origin", "https://elsewhere.example")
			if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %v", target, a)
			}
			if a.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s may be read by pages of elsewhere", target)
			}
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
	s := newSite(t, operated(gate.New(true, "")))
	for target, want := range map[string][]string{
		"/api/dash": {}, "/api/dash/rooms/a%2Fb%2525": {"rooms", "a/b%25"}, "/api/dash/": {},
	} {
		var got []string
		if err := json.Unmarshal([]byte(s.get(target).body), &got); err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: %q", target, got)
		}
	}
	if a := s.get("/api/dash/nodes?fail=luck"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "bad luck") {
		t.Errorf("%v", a)
	}
	if a := s.ask(http.MethodPost, "/api/dash/nodes", ""); a.status != http.StatusMethodNotAllowed {
		t.Errorf("%v", a)
	}
	bare := newSite(t, func(c *Config) { c.Gate = gate.New(true, "") })
	if a := bare.get("/api/dash"); a.status != http.StatusNotFound {
		t.Errorf("without a dashboard: %v", a)
	}
}

// A proxy on this machine calls us by a name of this machine, and may be there for
// the whole world.
func TestAnOpenGateIsClosedToWhatComesThroughAProxy(t *testing.T) {
	const token = "sixteen or more characters"
	open, locked := newSite(t, operated(gate.New(true, ""))), newSite(t, operated(gate.New(true, token)))
	trust, err := proxies.Parse([]string{"192.0.2.1"}) // from where httptest asks
	actorstest.Must(t, err)
	for _, header := range []string{"X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP"} {
		if a := open.get("/metrics", header, "localhost"); a.status != http.StatusNotFound {
			t.Errorf("%s: %v", header, a)
		}
		if a := locked.get("/metrics", header, "localhost", "Authorization", "Bearer "+token); a.status != http.StatusOK {
			t.Errorf("%s, with the token: %v", header, a)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Host = "localhost:5009"
	direct, through := httptest.NewRecorder(), httptest.NewRecorder()
	open.ServeHTTP(direct, r)
	trust.Wrap(open).ServeHTTP(through, r)
	if direct.Code != http.StatusOK || through.Code != http.StatusNotFound {
		t.Errorf("%d directly, %d through a trusted proxy", direct.Code, through.Code)
	}
}
