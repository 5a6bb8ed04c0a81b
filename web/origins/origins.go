package origins

import (
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall/rollcall/web/proxies"
)

// longestAsked is how many bytes of Access-Control-Request-Headers are answered: the
// names of many headers, and no more than one line of a log.
const longestAsked = 1024

// Origins are the web origins whose pages may use this server from a browser,
// besides its own.
type Origins struct {
	any, opaque bool // "*" and "null"
	patterns    []originPattern
	refusals    *Refusals
}

// New returns the origins of a list. What [Check] does not allow
// matches nothing.
func New(list []string, log *slog.Logger) Origins {
	o := Origins{any: slices.Contains(list, "*"), opaque: slices.Contains(list, "null"), refusals: NewRefusals(log)}
	for _, text := range list {
		if p, err := parsePattern(text); err == nil {
			o.patterns = append(o.patterns, p)
		}
	}
	return o
}

// Admits reports whether a request may come from where it says it comes from.
// Programs that are no browsers say nothing, and are not kept out by this.
func (o Origins) Admits(r *http.Request) bool {
	text := r.Header.Get("Origin")
	if text == "" || o.any || text == "null" && o.opaque {
		return true
	}
	from, ok := parseOrigin(text)
	return ok && (slices.ContainsFunc(o.patterns, func(p originPattern) bool { return p.matches(from) }) || isOwn(from, r))
}

// isOwn reports whether a page of an origin is one that the server of this request
// has served: whether the browser addressed the same origin again.
func isOwn(from origin, r *http.Request) bool {
	// Browsers send this to https and localhost, and pages cannot (Fetch Metadata §2).
	// Chromium leaves it out of websockets.
	if r.Header.Get("Sec-Fetch-Site") == "same-origin" {
		return true
	}
	said, trusted := proxies.Believed(r)
	return sameOrigin(from, r.Host, said, trusted)
}

// sameOrigin compares an origin with what a request addressed: by its Host header,
// and by what a proxy said if that is trusted.
//
// Without such a proxy nothing tells whether TLS ended in front of us, so that the
// scheme is that of the origin. Where a proxy drops the port of the Host, as with
// nginx's $host, only the name is left to compare.
func sameOrigin(from origin, host string, said proxies.Addressed, trusted bool) bool {
	if from.scheme != "http" && from.scheme != "https" || trusted && from.scheme == "http" && said.Scheme == "https" {
		return false
	}
	addressed := func(authority string) bool {
		name, port := splitHost(authority)
		if name == "" || name != from.host {
			return false
		}
		if port == "" && from.port != defaultPort(from.scheme) && trusted {
			return said.Port == "" || said.Port == from.port
		}
		return port == from.port || port == "" && from.port == defaultPort(from.scheme)
	}
	return addressed(host) || trusted && addressed(said.Host)
}

// splitHost splits host or host:port, of which the port may be missing.
func splitHost(authority string) (name, port string) {
	name, port, err := net.SplitHostPort(authority)
	if err != nil {
		name, port = strings.Trim(authority, "[]"), ""
	}
	return strings.ToLower(name), port
}

// Allow sets the headers that let a browser hand the answer to a page of another
// origin (Fetch standard, CORS protocol): also on errors.
func (o Origins) Allow(w http.ResponseWriter, r *http.Request) {
	from := r.Header.Get("Origin")
	h := w.Header()
	if !o.any {
		h.Add("Vary", "Origin")
	}
	if from == "" {
		return
	}
	if !o.Admits(r) {
		o.refusals.note(r)
		return
	}
	if o.any {
		h.Set("Access-Control-Allow-Origin", "*")
	} else {
		h.Set("Access-Control-Allow-Origin", from)
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	h.Set("Access-Control-Expose-Headers", "Rollcall-Complete, Rollcall-Nodes, Rollcall-Missing, Rollcall-Lost, Rollcall-Trace, Traceparent, ETag, Retry-After, Link, Location")
	if r.Method == http.MethodOptions {
		h.Add("Vary", "Access-Control-Request-Headers")
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, DELETE, OPTIONS")
		h.Set("Access-Control-Allow-Headers", allowedHeaders(r.Header.Get("Access-Control-Request-Headers")))
		h.Set("Access-Control-Max-Age", "600")
	}
}

// Tell has the operator told that a request of whatever method is refused for the page
// that sent it, unless that was told a moment ago.
func (o Origins) Tell(r *http.Request) { o.refusals.tell(r) }

// allowedHeaders returns the request headers that a page may send: whatever it asks
// for, since which of them mean something is for the application to say, and what a
// page may do is decided by its origin.
func allowedHeaders(asked string) string {
	if asked == "" || len(asked) > longestAsked || strings.ContainsFunc(asked, notInHeaderNames) {
		return "Authorization, Content-Type, If-Match, Traceparent"
	}
	return asked
}

func notInHeaderNames(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_, ", r)
}
