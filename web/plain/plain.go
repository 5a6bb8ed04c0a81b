// Package plain says what is answered to who speaks plain HTTP, at a port that also
// speaks TLS: everything, a way to the same by TLS, or nothing.
//
// What balancers and orchestrators ask, /healthz and /readyz, is answered in any case:
// it is no secret, and not all of them speak TLS.
package plain

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/proxies"
)

// Mode says what is answered.
type Mode string

const (
	Serve    Mode = "serve"    // everything, as by TLS
	Redirect Mode = "redirect" // where the same is found by TLS: 308, which keeps method and body
	Refuse   Mode = "refuse"   // 403
)

// lasting is for how long browsers come by TLS only: 30 days, so that a mistake has an end.
const lasting = "max-age=2592000"

// Wrap returns a handler that calls next with what the mode lets through. strict has
// browsers that came by TLS never come by plain HTTP again (RFC 6797): that is for who
// has a certificate that they believe.
func (m Mode) Wrap(next http.Handler, strict bool) http.Handler {
	if m == Serve {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil && strict {
			w.Header().Set("Strict-Transport-Security", lasting)
		}
		switch target := byTLS(r); {
		case isSecure(r) || isProbe(r):
			next.ServeHTTP(w, r)
		case m == Redirect && target != "" && !isSession(r):
			w.Header().Set("Location", target)
			w.Header().Set("Cache-Control", "no-store") // it holds as long as this setting
			w.WriteHeader(http.StatusPermanentRedirect)
		default:
			refuse(w)
		}
	})
}

// isSecure reports whether nobody in between could read a request: it came by TLS, or a
// trusted proxy says that to it, it did. One that does not say is believed to have seen
// to that: to send its clients elsewhere might send them in circles.
func isSecure(r *http.Request) bool {
	said, proxied := proxies.Believed(r)
	return r.TLS != nil || proxied && said.Scheme != "http"
}

func isProbe(r *http.Request) bool { return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" }

// isSession reports whether a request is of Socket.IO, or wants a websocket. These are
// not sent elsewhere: clients of websockets do not follow, and those who poll would come
// back in plain text with each request, and the id of their session in it.
func isSession(r *http.Request) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return first == "socket.io" && !strings.HasSuffix(r.URL.Path, ".js") || r.Header.Get("Upgrade") != ""
}

// byTLS returns where the same is found by TLS: at the same port, or behind a proxy at
// the one that https has. It is "" if the sender does not say whom it called.
func byTLS(r *http.Request) string {
	host := r.Host
	if said, proxied := proxies.Believed(r); proxied {
		if said.Host != "" {
			host = said.Host
		}
		if name, _, err := net.SplitHostPort(host); err == nil {
			if host = name; strings.Contains(name, ":") {
				host = "[" + name + "]"
			}
		}
	}
	if host == "" || strings.ContainsFunc(host, notInHost) || !strings.HasPrefix(r.URL.RequestURI(), "/") {
		return ""
	}
	path := r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	return "https://" + host + path
}

func notInHost(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-_:[]", r)
}

func refuse(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusForbidden)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"title": "This server does not answer plain HTTP: use https:// or wss://, on the same port", "status": http.StatusForbidden, "code": problem.TLSRequired,
	})
}
