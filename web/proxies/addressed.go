package proxies

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"strings"
)

// Addressed is what the sender of a request addressed, as proxies say; what they
// do not say is "".
type Addressed struct {
	Scheme string // http or https
	Host   string // host or host:port
	Port   string
}

type contextKey struct{}

// Wrap returns a handler that calls next with requests as they were before they came
// through trusted proxies: RemoteAddr is the client's, and what the client addressed
// is found by [Believed]. Where it was changed, RemoteAddr is an IP address alone.
func (t Trust) Wrap(next http.Handler) http.Handler {
	if t.Nobody() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer := AddrOf(r.RemoteAddr); t.Includes(peer) {
			r = t.seen(r, peer)
		}
		next.ServeHTTP(w, r)
	})
}

func (t Trust) seen(r *http.Request, peer netip.Addr) *http.Request {
	client, hop := t.client(peer, r.Header)
	said := Claimed(r)
	said.Scheme = cmp.Or(strings.ToLower(hop.by("proto")), said.Scheme)
	said.Host = cmp.Or(hop.by("host"), said.Host)
	r = r.WithContext(context.WithValue(r.Context(), contextKey{}, said))
	if client != peer {
		r.RemoteAddr = client.String()
	}
	return r
}

// Believed returns what a trusted proxy says that the sender of a request addressed.
// It is false if the request did not come through one.
func Believed(r *http.Request) (Addressed, bool) {
	said, ok := r.Context().Value(contextKey{}).(Addressed)
	return said, ok
}

// Claimed returns what the headers X-Forwarded-* of a request claim, whoever wrote
// them. Of several proxies that of the outermost counts, which comes first.
func Claimed(r *http.Request) Addressed {
	return Addressed{
		Scheme: strings.ToLower(first(r, "X-Forwarded-Proto")),
		Host:   first(r, "X-Forwarded-Host"),
		Port:   first(r, "X-Forwarded-Port"),
	}
}

func first(r *http.Request, name string) string {
	value, _, _ := strings.Cut(r.Header.Get(name), ",")
	return strings.TrimSpace(value)
}
