package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// origins are the web origins whose pages may use this server from a browser,
// besides its own. "*" stands for all.
type origins struct {
	any  bool
	list []string
}

func newOrigins(list []string) origins {
	o := origins{any: slices.Contains(list, "*")}
	for _, origin := range list {
		o.list = append(o.list, strings.ToLower(strings.TrimSuffix(origin, "/")))
	}
	return o
}

// admits reports whether a request may come from where it says it comes from.
// Programs that are no browsers say nothing, and are not kept out by this.
func (o origins) admits(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || o.any || slices.Contains(o.list, strings.ToLower(origin)) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// allow sets the headers that let a browser hand the answer to a page of another
// origin (Fetch standard, CORS protocol): also on errors.
func (o origins) allow(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	h := w.Header()
	if !o.any {
		h.Add("Vary", "Origin")
	}
	if origin == "" || !o.admits(r) {
		return
	}
	if o.any {
		h.Set("Access-Control-Allow-Origin", "*")
	} else {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	h.Set("Access-Control-Expose-Headers", "Rollcall-Complete, Rollcall-Nodes, Rollcall-Missing, Rollcall-Lost, Rollcall-Trace, Traceparent, ETag, Link, Location, Retry-After")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, DELETE, OPTIONS")
		h.Set("Access-Control-Allow-Headers", "Content-Type, If-Match, Traceparent")
		h.Set("Access-Control-Max-Age", "600")
	}
}
