package web

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestHomeIsARoomAsOneOfTheUsers(t *testing.T) {
	s := newSite(t)
	got := s.get("/")
	if at := got.header.Get("Location"); !regexp.MustCompile(`^/ui/foo\?id_user=([1-9]|10)$`).MatchString(at) || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d to %q", got.status, at)
	}
}

func TestPageIsTheSameForEveryRoom(t *testing.T) {
	s := newSite(t)
	for _, target := range []string{"/ui/Maths", "/ui/a%2Fb?id_user=1", "/ui/%FF", "/?choose"} {
		got := s.get(target)
		if got.status != 200 || !strings.Contains(got.body, "<title>Rollcall</title>") || got.header.Get("Content-Security-Policy") != policy {
			t.Errorf("%s: %d %v", target, got.status, got.header)
		}
	}
	got := s.get("/assets/app-1.js")
	if !strings.Contains(got.header.Get("Cache-Control"), "immutable") || !strings.Contains(got.header.Get("Content-Type"), "javascript") {
		t.Errorf("asset: %v", got.header)
	}
}

func TestTheDashboardsPageIsForEverybody(t *testing.T) {
	got := newSite(t).get("/dash?trace=1&node=node-2")
	if got.status != 200 || !strings.Contains(got.body, "<title>Dashboard · Rollcall</title>") || got.header.Get("Cache-Control") != "no-cache" ||
		got.header.Get("Content-Security-Policy") != policy {
		t.Errorf("%d %v", got.status, got.header)
	}
}

func TestPolicyTrustsNobodyElse(t *testing.T) {
	for _, directive := range strings.Split(policy, "; ") {
		name, sources, _ := strings.Cut(directive, " ")
		if sources != "'self'" && sources != "'none'" {
			t.Errorf("%s allows %s", name, sources)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") {
		t.Errorf("what is not mentioned is allowed: %s", policy)
	}
}

func TestReadinessSaysWhyNot(t *testing.T) {
	s := newSite(t, func(c *Config) {
		c.Checks = func() []Check {
			return []Check{{Name: "member"}, {Name: "store", Err: problem.Wrap(errors.New("secret"), problem.Unavailable, "it is away")}}
		}
	})
	const checks = `"checks":{"member":"ok","store":"it is away"}`
	if got := s.get("/readyz"); got.status != http.StatusOK || !strings.Contains(got.body, `"members":["node-1"]`) || !strings.Contains(got.body, checks) {
		t.Errorf("%d %s", got.status, got.body)
	}
	var why error = problem.New(problem.Unavailable, "it is shutting down")
	s.unready.Store(&why)
	got := s.get("/readyz")
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "it is shutting down") || !strings.Contains(got.body, checks) {
		t.Errorf("%d %s", got.status, got.body)
	}
	wantProblem(t, got)
	if got := s.get("/healthz"); got.status != http.StatusOK {
		t.Errorf("not alive: %d", got.status)
	}
}
