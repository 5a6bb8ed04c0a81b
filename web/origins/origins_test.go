package origins

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/web/proxies"
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
		{"another scheme than http", nil, "capacitor://example.com:5009", false, "", true},
		{"a stranger", nil, "https://evil.test", false, "", true},
		{"a stranger who looks alike", nil, "https://example.com:5009.evil.test", false, "", true},
		{"the opaque origin", nil, "null", false, "", true},
		{"no URL", nil, "://", false, "", true},
		{"listed", []string{"https://school.test"}, "https://school.test", true, "https://school.test", true},
		{"listed with capitals", []string{"https://School.test"}, "https://school.test", true, "https://school.test", true},
		{"listed with another scheme", []string{"https://school.test"}, "http://school.test", false, "", true},
		{"not listed", []string{"https://school.test"}, "https://a.school.test", false, "", true},
		{"the opaque origin, listed", []string{"null"}, "null", true, "null", true},
		{"another opaque origin", []string{"null"}, "nil", false, "", true},
		{"below one that is listed", []string{"https://*.school.test"}, "https://a.school.test", true, "https://a.school.test", true},
		{"any", []string{"https://school.test", "*"}, "https://evil.test", true, "*", false},
		{"any, and the opaque one", []string{"*"}, "null", true, "*", false},
		{"any, no browser", []string{"*"}, "", true, "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := New(test.list, slog.New(slog.DiscardHandler))
			r := httptest.NewRequest(http.MethodGet, "http://example.com:5009/users", nil)
			if test.origin != "" {
				r.Header.Set("Origin", test.origin)
			}
			w := httptest.NewRecorder()
			o.Allow(w, r)
			h := w.Header()
			if got := o.Admits(r); got != test.admits {
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

// What a browser addressed is its own origin, whatever proxies make of it.
func TestOwnOrigin(t *testing.T) {
	const proxy, stranger = "10.0.0.1:1000", "192.0.2.1:1000"
	for _, test := range []struct {
		name, origin, host, peer string
		header                   []string
		own                      bool
	}{
		{"as it is", "http://example.org:5009", "example.org:5009", stranger, nil, true},
		{"default port of https", "https://example.org", "example.org", stranger, nil, true},
		{"default port, written by the browser", "https://example.org:443", "example.org", stranger, nil, true},
		{"default port, written by a proxy", "https://example.org", "example.org:443", stranger, nil, true},
		{"default port of another scheme", "https://example.org", "example.org:80", stranger, nil, false},
		{"IPv6", "http://[::1]:5009", "[::1]:5009", stranger, nil, true},
		{"IPv6 without a port", "http://[::1]", "[::1]", stranger, nil, true},
		{"no Host", "http://example.org", "", stranger, nil, false},

		{"the browser says so", "https://example.org", "upstream:5009", stranger, []string{"Sec-Fetch-Site", "same-origin"}, true},
		{"the browser says that it is not", "https://a.example.org", "example.org", stranger, []string{"Sec-Fetch-Site", "same-site"}, false},
		{"the browser says that nobody sent it there", "https://evil.test", "example.org", stranger, []string{"Sec-Fetch-Site", "none"}, false},

		{"nginx with the host as it came", "https://example.org:8443", "upstream:5009", proxy, []string{"X-Forwarded-Host", "example.org:8443"}, true},
		{"that of a stranger", "https://example.org:8443", "upstream:5009", stranger, []string{"X-Forwarded-Host", "example.org:8443"}, false},
		{"nginx with another host", "https://evil.test", "upstream:5009", proxy, []string{"X-Forwarded-Host", "example.org"}, false},
		{"two proxies", "https://example.org", "upstream:5009", proxy, []string{"X-Forwarded-Host", "example.org, inner:8080"}, true},
		{"the port beside it", "https://example.org:8443", "upstream:5009", proxy, []string{"X-Forwarded-Host", "example.org", "X-Forwarded-Port", "8443"}, true},
		{"another port beside it", "https://example.org:9443", "upstream:5009", proxy, []string{"X-Forwarded-Host", "example.org", "X-Forwarded-Port", "8443"}, false},
		{"nginx with $host", "http://example.org:8080", "example.org", proxy, nil, true},
		{"nginx with $host, and the port", "http://example.org:8080", "example.org", proxy, []string{"X-Forwarded-Port", "8080"}, true},
		{"a stranger with $host", "http://example.org:8080", "example.org", stranger, nil, false},
		{"nginx with $host, of another name", "http://evil.test:8080", "example.org", proxy, nil, false},
		{"nginx with $http_host, and X-Forwarded-Host without a port", "http://example.org:8080", "example.org:8080", proxy, []string{"X-Forwarded-Host", "example.org"}, true},
		{"Forwarded", "https://example.org", "upstream:5009", proxy, []string{"Forwarded", `for=192.0.2.9;host="example.org";proto=https`}, true},
		{"Forwarded, of a stranger", "https://example.org", "upstream:5009", stranger, []string{"Forwarded", `host="example.org"`}, false},
		{"Forwarded, made up by the client", "https://evil.test", "upstream:5009", proxy, []string{"Forwarded", `for=1.1.1.1;host=evil.test, for=192.0.2.9;host=example.org`}, false},

		{"a page without TLS of what has it", "http://example.org:5009", "example.org:5009", proxy, []string{"X-Forwarded-Proto", "https"}, false},
		{"a page with TLS, of which an inner proxy knows nothing", "https://example.org", "example.org", proxy, []string{"X-Forwarded-Proto", "http"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/users", nil)
			r.Host, r.RemoteAddr = test.host, test.peer
			r.Header.Set("Origin", test.origin)
			for i := 0; i < len(test.header); i += 2 {
				r.Header.Set(test.header[i], test.header[i+1])
			}
			trust, err := proxies.Parse([]string{"10.0.0.0/8"})
			actorstest.Must(t, err)
			o, own := New(nil, slog.New(slog.DiscardHandler)), false
			trust.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { own = o.Admits(r) })).ServeHTTP(httptest.NewRecorder(), r)
			if own != test.own {
				t.Errorf("own: %v", own)
			}
		})
	}
}
