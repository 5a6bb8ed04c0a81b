package origins

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/proxies"
)

// longestHost is how many bytes a Host header may have: the longest name of the DNS, and
// a port.
const longestHost = 260

// Hosts are the names by which this server is called. A page of elsewhere may have its
// name lead here (DNS rebinding): to its browser it is then a page of this server. It
// has no IP address for a name, and none without a dot, as localhost, or as proxies call
// whom they pass requests on to: so these are always taken.
type Hosts struct {
	any      bool
	names    map[string]bool
	suffixes []string // with a dot before them
}

// AnyHost takes every name.
func AnyHost() Hosts { return Hosts{any: true} }

// NewHosts returns the hosts of a list of names, as "example.org", "*.example.org" for
// all below that, or "*" for any. The error says what is no such name.
func NewHosts(list []string) (Hosts, error) {
	h := Hosts{names: make(map[string]bool)}
	for _, text := range list {
		name := strings.ToLower(strings.TrimSpace(text))
		below, isPattern := strings.CutPrefix(name, "*.")
		switch {
		case name == "*":
			h.any = true
		case !isHostName(below):
			return Hosts{}, fmt.Errorf("%q is no name of a host; write example.org, *.example.org for all below it, or * for any: without a scheme and a port", text)
		case isPattern:
			h.suffixes = append(h.suffixes, "."+below)
		default:
			h.names[name] = true
		}
	}
	return h, nil
}

// isHostName reports whether a text could be a name, in lower case, of the DNS.
func isHostName(text string) bool {
	return text != "" && len(text) < longestHost && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	})
}

// Admit returns an error if this server is not what a request addressed.
func (h Hosts) Admit(r *http.Request) error {
	host := addressedBy(r)
	if len(host) <= longestHost && h.Admits(host) {
		return nil
	}
	return problem.New(problem.Misdirected, "This server is not called %.100q. If it is, start Rollcall with --allowed-hosts and that name; or have the proxy in front of it name one that it knows, such as localhost", host)
}

// addressedBy returns the host that a request has addressed, as far as can be told.
func addressedBy(r *http.Request) string {
	if said, trusted := proxies.Believed(r); trusted && said.Host != "" {
		return said.Host
	}
	return r.Host
}

// Admits reports whether this server is called so: a name, or one and a port.
func (h Hosts) Admits(host string) bool {
	name, _ := splitHost(host)
	name = strings.TrimSuffix(name, ".")
	if h.any || !strings.Contains(name, ".") || h.names[name] || strings.HasSuffix(name, ".localhost") {
		return true
	}
	for _, suffix := range h.suffixes {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	_, err := netip.ParseAddr(name)
	return err == nil
}
