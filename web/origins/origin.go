package origins

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// origin is where a page is from (RFC 6454): a scheme, a host and a port. Two
// origins are the same if they are equal.
type origin struct {
	scheme, host string // in lower case; the host of file:// is ""
	port         string // "" for a scheme of which no default is known
}

// parseOrigin reads an Origin header. It is false for null, the origin of pages that
// have none, and for what is no origin.
func parseOrigin(text string) (origin, bool) {
	text = strings.ToLower(text)
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || text != u.Scheme+"://"+u.Host {
		return origin{}, false
	}
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return origin{u.Scheme, u.Hostname(), port}, true
}

func defaultPort(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	default:
		return ""
	}
}

// originPattern stands for an origin, or for all below a host.
type originPattern struct {
	origin
	below bool // the host is what follows "*.": one or more labels come before it
}

func (p originPattern) matches(o origin) bool {
	if p.scheme != o.scheme || p.port != o.port {
		return false
	}
	if p.below {
		return len(o.host) > len(p.host)+1 && strings.HasSuffix(o.host, "."+p.host)
	}
	return p.host == o.host
}

// Check returns why no page can be of an origin, as it is written in a list of them:
// "*" for any, null for pages without one, scheme://host or scheme://host:port, or
// scheme://*.host for all below a host.
func Check(text string) error {
	if text == "*" || text == "null" {
		return nil
	}
	_, err := parsePattern(text)
	return err
}

// parsePattern reads what [Check] allows, save "*" and null.
func parsePattern(text string) (originPattern, error) {
	cannot := func(format string, args ...any) (originPattern, error) {
		return originPattern{}, fmt.Errorf("%q is no origin: %s", text, fmt.Sprintf(format, args...))
	}
	o, ok := parseOrigin(text)
	switch scheme, rest, found := strings.Cut(text, "://"); {
	case !found:
		return cannot("write scheme://host, as https://example.org, or null, or * for all")
	case strings.ContainsAny(rest, "/?#"):
		return cannot("write it without a path, as https://example.org")
	case strings.Contains(rest, "@"):
		return cannot("write it without a user, as https://example.org")
	case strings.ContainsFunc(text, func(r rune) bool { return r > 126 }):
		return cannot("browsers send the ASCII form of a name, which begins with xn--: write that")
	case !ok:
		return cannot("write scheme://host or scheme://host:port, as https://example.org")
	case o.scheme == "ws" || o.scheme == "wss":
		return cannot("a page that opens a websocket has the origin http%s://%s", strings.TrimPrefix(o.scheme, "ws"), rest)
	case o.host == "" && o.scheme != "file":
		return cannot("the host is missing: write %s://example.org", scheme)
	case strings.HasSuffix(rest, ":"):
		return cannot("the port is missing")
	}
	if port, err := strconv.ParseUint(o.port, 10, 16); o.port != "" && (err != nil || port == 0 || o.port[0] == '0') {
		return cannot("the port is a number from 1 to 65535")
	}
	p := originPattern{origin: o}
	p.host, p.below = strings.CutPrefix(o.host, "*.")
	_, notIP := netip.ParseAddr(p.host)
	switch {
	case notIP == nil && !p.below:
		return p, nil
	case notIP == nil:
		return cannot("an IP address has nothing below it")
	case o.host == "*":
		return cannot("write * alone for all origins, or %s://*.example.org for all below a name", o.scheme)
	case strings.Contains(p.host, "*"):
		return cannot("* stands for all that comes before a name, as https://*.example.org: write each other origin by itself")
	case p.below && p.host == "", strings.ContainsFunc(p.host, notInHost), strings.Contains(p.host, ".."), strings.HasPrefix(p.host, "."):
		return cannot("%q cannot be the name of a host", o.host)
	}
	return p, nil
}

func notInHost(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
}
