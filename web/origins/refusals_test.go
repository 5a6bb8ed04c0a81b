package origins

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func fromOrigin(method, origin, host, remote string) *http.Request {
	r := httptest.NewRequest(method, "/users", nil)
	r.Host, r.RemoteAddr = host, remote
	r.Header.Set("Origin", origin)
	return r
}

func TestRefusalsAreLoggedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		o := New(nil, slog.New(slog.NewTextHandler(&log, nil)))
		lines := func() int { return strings.Count(log.String(), "\n") }
		ask := func(method, origin string) {
			o.Allow(httptest.NewRecorder(), fromOrigin(method, origin, "example.org", "192.0.2.1:1000"))
		}
		for range 10 {
			ask(http.MethodGet, "https://a.test")
			ask(http.MethodOptions, "https://b.test")
			ask(http.MethodPut, "https://c.test") // may be a page of ours
		}
		if lines() != 2 || !strings.Contains(log.String(), `level=WARN`) || !strings.Contains(log.String(), `to_allow="--cors-origin https://a.test"`) {
			t.Errorf("logged:\n%s", log.String())
		}
		<-time.After(refusalPause)
		ask(http.MethodGet, "https://a.test")
		if lines() != 3 {
			t.Errorf("a minute later:\n%s", log.String())
		}
	})
}

func TestRefusalsOfStrangersTakeNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		f := NewRefusals(slog.New(slog.NewTextHandler(&log, nil)))
		flood := func() {
			for i := range 10 * mostRefused {
				f.note(fromOrigin(http.MethodGet, fmt.Sprintf("https://%d.test", i), "example.org", "192.0.2.1:1000"))
			}
			f.note(fromOrigin(http.MethodGet, "https://"+strings.Repeat("long", 10_000), "example.org", "192.0.2.1:1000"))
			if len(f.logged) != mostRefused {
				t.Errorf("%d are remembered", len(f.logged))
			}
		}
		flood()
		<-time.After(refusalPause)
		flood()
		if n := strings.Count(log.String(), "\n"); n != 2*mostRefused {
			t.Errorf("%d lines", n)
		}
	})
}

func TestRefusalsNameTheRemedy(t *testing.T) {
	for _, test := range []struct {
		name, origin, host, remote string
		header                     []string
		want                       string
	}{
		{"another origin", "https://a.test", "example.org", "10.0.0.1:1", nil, "--cors-origin https://a.test"},
		{"a page without one", "null", "example.org", "10.0.0.1:1", nil, "--cors-origin null"},
		{"a proxy that drops the port", "http://example.org:8080", "example.org", "10.0.0.1:1", nil, "--trusted-proxy 10.0.0.1"},
		{"a proxy that says the host", "https://example.org", "up:5009", "127.0.0.1:1", []string{"X-Forwarded-Host", "example.org"}, "--trusted-proxy 127.0.0.1"},
		{"a stranger who says the host", "https://example.org", "up:5009", "192.0.2.1:1", []string{"X-Forwarded-Host", "example.org"}, "--cors-origin https://example.org"},
		{"nonsense", "://", "example.org", "10.0.0.1:1", nil, "nothing: this is no origin"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := fromOrigin(http.MethodGet, test.origin, test.host, test.remote)
			for i := 0; i < len(test.header); i += 2 {
				r.Header.Set(test.header[i], test.header[i+1])
			}
			if got := remedy(test.origin, r); got != test.want {
				t.Errorf("%s", got)
			}
		})
	}
}
