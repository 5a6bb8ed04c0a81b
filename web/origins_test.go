package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestOrigins(t *testing.T) {
	tests := []struct {
		name    string
		list    []string
		origin  string // of a request to example.com:5009
		admits  bool
		allowed string // Access-Control-Allow-Origin
		vary    bool
	}{
		{"no browser", nil, "", true, "", true},
		{"own origin", nil, "http://example.com:5009", true, "http://example.com:5009", true},
		{"own origin behind TLS", nil, "https://EXAMPLE.com:5009", true, "https://EXAMPLE.com:5009", true},
		{"another port", nil, "http://example.com", false, "", true},
		{"a stranger", nil, "https://evil.test", false, "", true},
		{"a stranger who looks alike", nil, "https://example.com:5009.evil.test", false, "", true},
		{"the opaque origin", nil, "null", false, "", true},
		{"no URL", nil, "://", false, "", true},
		{"listed", []string{"https://school.test"}, "https://school.test", true, "https://school.test", true},
		{"listed with a slash and capitals", []string{"https://School.test/"}, "https://school.test", true, "https://school.test", true},
		{"listed with another scheme", []string{"https://school.test"}, "http://school.test", false, "", true},
		{"not listed", []string{"https://school.test"}, "https://a.school.test", false, "", true},
		{"any", []string{"https://school.test", "*"}, "https://evil.test", true, "*", false},
		{"any, and the opaque one", []string{"*"}, "null", true, "*", false},
		{"any, no browser", []string{"*"}, "", true, "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := newOrigins(test.list)
			r := httptest.NewRequest(http.MethodGet, "http://example.com:5009/users", nil)
			if test.origin != "" {
				r.Header.Set("Origin", test.origin)
			}
			w := httptest.NewRecorder()
			o.allow(w, r)
			h := w.Header()
			if got := o.admits(r); got != test.admits {
				t.Errorf("admits: %v", got)
			}
			if got := h.Get("Access-Control-Allow-Origin"); got != test.allowed {
				t.Errorf("allowed %q, want %q", got, test.allowed)
			}
			if got := h.Get("Vary") == "Origin"; got != test.vary {
				t.Errorf("Vary: %q", h.Get("Vary"))
			}
			if exposes := h.Get("Access-Control-Expose-Headers") != ""; exposes != (test.allowed != "") {
				t.Errorf("exposes headers: %v", exposes)
			}
			if credentials := h.Get("Access-Control-Allow-Credentials"); credentials != "" && test.allowed == "*" {
				t.Error("credentials for everybody")
			}
		})
	}
}

func TestPreflight(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Origins = []string{"https://school.test"} })
	for _, target := range []string{"/users/1", "/Maths/users", "/socket.io/"} {
		got := s.ask(http.MethodOptions, target, "", "Origin", "https://school.test", "Access-Control-Request-Method", "PUT")
		if got.status != http.StatusNoContent || got.header.Get("Access-Control-Allow-Origin") != "https://school.test" ||
			got.header.Get("Access-Control-Allow-Methods") == "" || got.header.Get("Access-Control-Allow-Headers") == "" {
			t.Errorf("%s: %d %v", target, got.status, got.header)
		}
	}
	got := s.get("/no/such/route", "Origin", "https://school.test")
	if got.status != http.StatusNotFound || got.header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("an error without CORS headers: %d %v", got.status, got.header)
	}
}
