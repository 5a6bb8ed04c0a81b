package plain

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/web/proxies"
)

// asked is a request, and what came of it.
type asked struct {
	method, target, host string
	secure               bool
	header               map[string]string
	proxied              bool // by one that is trusted
}

func (a asked) of(t *testing.T, mode Mode, strict bool) *httptest.ResponseRecorder {
	t.Helper()
	trust, err := proxies.Parse([]string{"192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	if a.method == "" {
		a.method = http.MethodGet
	}
	r := httptest.NewRequest(a.method, a.target, strings.NewReader("body"))
	r.Host, r.RemoteAddr, r.TLS = a.host, "198.51.100.7:40000", nil
	if a.secure {
		r.TLS = new(tls.ConnectionState)
	}
	if a.proxied {
		r.RemoteAddr = "192.0.2.1:40000"
	}
	for name, value := range a.header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	served := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	trust.Wrap(mode.Wrap(served, strict)).ServeHTTP(w, r)
	return w
}

func TestWhatIsAnsweredInPlainText(t *testing.T) {
	const served, moved, refused = http.StatusTeapot, http.StatusPermanentRedirect, http.StatusForbidden
	const host = "rollcall.example:5009"
	websocket := map[string]string{"Upgrade": "websocket", "Connection": "Upgrade"}
	for _, test := range []struct {
		name     string
		asked    asked
		redirect int
		location string
		refuse   int
	}{
		{"a page", asked{target: "/ui/Maths?id_user=1", host: host}, moved, "https://rollcall.example:5009/ui/Maths?id_user=1", refused},
		{"a page at the port of http", asked{target: "/", host: "rollcall.example"}, moved, "https://rollcall.example/", refused},
		{"what is escaped stays so", asked{target: "/a%2Fb%20c/users?x=%26+", host: host}, moved, "https://rollcall.example:5009/a%2Fb%20c/users?x=%26+", refused},
		{"a path that looks like a host", asked{target: "//evil.example/x", host: host}, moved, "https://rollcall.example:5009//evil.example/x", refused},
		{"IPv6", asked{target: "/x", host: "[::1]:5009"}, moved, "https://[::1]:5009/x", refused},
		{"a rename", asked{method: "PUT", target: "/users/1", host: host}, moved, "https://rollcall.example:5009/users/1", refused},
		{"metrics", asked{target: "/metrics", host: host}, moved, "https://rollcall.example:5009/metrics", refused},
		{"the client's script", asked{target: "/socket.io/socket.io.min.js", host: host}, moved, "https://rollcall.example:5009/socket.io/socket.io.min.js", refused},
		{"a websocket", asked{target: "/socket.io/?EIO=4&transport=websocket", host: host, header: websocket}, refused, "", refused},
		{"a websocket elsewhere", asked{target: "/x", host: host, header: websocket}, refused, "", refused},
		{"a poll", asked{target: "/socket.io/?EIO=4&transport=polling", host: host}, refused, "", refused},
		{"what was polled to", asked{method: "POST", target: "/socket.io/?EIO=4&transport=polling&sid=x", host: host}, refused, "", refused},
		{"a probe", asked{target: "/healthz", host: host}, served, "", served},
		{"another probe", asked{target: "/readyz", host: "10.0.0.1:5009"}, served, "", served},
		{"whoever calls nobody", asked{target: "/x", host: ""}, refused, "", refused},
		{"whoever calls what is no host", asked{target: "/x", host: "a/b@c"}, refused, "", refused},
		{"by TLS", asked{target: "/ui/Maths", host: host, secure: true}, served, "", served},
		{"a websocket by TLS", asked{target: "/socket.io/?EIO=4", host: host, secure: true, header: websocket}, served, "", served},
		{"a proxy that took TLS", asked{target: "/x", host: host, proxied: true, header: map[string]string{"X-Forwarded-Proto": "https"}}, served, "", served},
		{"a proxy that says nothing", asked{target: "/x", host: host, proxied: true}, served, "", served},
		{"a proxy that took plain text", asked{target: "/x", host: "10.0.0.1:5009", proxied: true, header: map[string]string{"X-Forwarded-Proto": "http", "X-Forwarded-Host": "rollcall.example:8080"}}, moved, "https://rollcall.example/x", refused},
		{"who only says that they are a proxy", asked{target: "/x", host: host, header: map[string]string{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}}, moved, "https://rollcall.example:5009/x", refused},
	} {
		t.Run(test.name, func(t *testing.T) {
			for mode, want := range map[Mode]int{Serve: served, Redirect: test.redirect, Refuse: test.refuse} {
				got := test.asked.of(t, mode, false)
				if location := got.Header().Get("Location"); got.Code != want || mode == Redirect && location != test.location {
					t.Errorf("%s: %d %q, want %d %q", mode, got.Code, location, want, test.location)
				}
				var said struct{ Title, Code string }
				if got.Code == refused && (json.Unmarshal(got.Body.Bytes(), &said) != nil || said.Code != "tls_required" || !strings.Contains(said.Title, "wss://")) {
					t.Errorf("%s: %s", mode, got.Body)
				}
			}
		})
	}
}

// Browsers are told over TLS alone, and by who has a certificate that they believe.
func TestWhenBrowsersAreToldToComeByTLSOnly(t *testing.T) {
	for _, mode := range []Mode{Serve, Redirect, Refuse} {
		for _, strict := range []bool{true, false} {
			for _, secure := range []bool{true, false} {
				got := asked{target: "/x", host: "a.example", secure: secure}.of(t, mode, strict).Header().Get("Strict-Transport-Security")
				if want := strict && secure && mode != Serve; (got != "") != want {
					t.Errorf("%s, strict %v, by TLS %v: %q", mode, strict, secure, got)
				}
			}
		}
	}
}
