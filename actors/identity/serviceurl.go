package identity

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
)

// serviceURL is the URL of a database or of Redis, taken apart so strictly that no
// piece of its password can be taken for something else: for a host, which drivers
// quote in their errors, a path, or the name of an option.
type serviceURL struct {
	scheme         string
	user, password string
	hosts          []string // host, host:port or [ip]:port, each well-formed; or empty
	path           string   // decoded, without its first slash
	options        []option // in the order of the URL
	query          string   // the same as text, with its ? if there is any
}

type option struct {
	name, value string
	secret      bool // it comes behind a password: its name may be a piece of that
}

func (o option) text() string { return o.name + "=" + url.QueryEscape(o.value) }

const percentEncode = "a special character of its password must be percent-encoded: / as %2F, ? as %3F, # as %23, @ as %40, % as %25"

// parseServiceURL takes a URL apart. What is wrong is said in words that repeat
// nothing of it; "" if nothing is.
//
// A password ends at the first / ? or #, whatever was meant. If one of these was in
// it, the @ before the host comes behind it.
func parseServiceURL(text string) (u serviceURL, wrong string) {
	scheme, rest, _ := strings.Cut(text, "://")
	u.scheme = scheme
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, behind := rest[:end], rest[end:]
	if strings.ContainsAny(behind, "@#") || strings.ContainsFunc(text, isControl) {
		return serviceURL{}, percentEncode
	}
	login, hosts := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		login, hosts = authority[:at], authority[at+1:]
	}
	user, password, _ := strings.Cut(login, ":")
	var errs [3]error
	u.user, errs[0] = url.PathUnescape(user)
	u.password, errs[1] = url.PathUnescape(password)
	path, query, _ := strings.Cut(behind, "?")
	if errs[0] != nil || errs[1] != nil || strings.ContainsFunc(u.user+u.password, isControl) {
		return serviceURL{}, percentEncode
	}
	if u.path, errs[2] = url.PathUnescape(strings.TrimPrefix(path, "/")); errs[2] != nil || strings.ContainsFunc(u.path, isControl) {
		return serviceURL{}, "its path is not properly percent-encoded"
	}
	u.hosts = strings.Split(hosts, ",")
	for _, host := range u.hosts {
		if !isHost(host) {
			return serviceURL{}, "its host or port is none; if that is part of its password, " + percentEncode
		}
	}
	if u.options, wrong = parseOptions(query); query != "" {
		u.query = "?" + query
	}
	return u, wrong
}

// CheckServiceURL looks whether a URL of whatever service is taken apart as it was
// meant, so that nothing of its password can end up in an error. The error is
// [problem.Invalid], and repeats nothing of the URL.
func CheckServiceURL(text string) error {
	if _, wrong := parseServiceURL(text); wrong != "" {
		return problem.New(problem.Invalid, "the URL is of no use: %s", wrong)
	}
	return nil
}

func parseOptions(query string) (options []option, wrong string) {
	secret := false
	for _, pair := range strings.Split(query, "&") {
		if pair == "" {
			continue
		}
		name, text, _ := strings.Cut(pair, "=")
		if !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,62}$`).MatchString(name) {
			return nil, "what follows its ? is no list of options, as a=1&b=2"
		}
		value, err := url.QueryUnescape(text)
		if err != nil && secret {
			return nil, percentEncode
		}
		if err != nil {
			return nil, "its option " + name + " is not properly percent-encoded"
		}
		options = append(options, option{name: name, value: value, secret: secret})
		secret = secret || strings.HasSuffix(name, "password")
	}
	return options, ""
}

// isHost reports whether text is a name or an IP address, with or without a port; or,
// for PostgreSQL, the directory of a socket, percent-encoded.
func isHost(text string) bool {
	if !regexp.MustCompile(`^([A-Za-z0-9._-]+|%2[Ff][A-Za-z0-9._%-]*|\[[0-9A-Fa-f:.]+(%25[A-Za-z0-9]+)?\]|)(:[0-9]{1,5})?$`).MatchString(text) {
		return false
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host = strings.Trim(text, "[]")
	}
	if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0) {
		return false
	}
	if strings.HasPrefix(text, "[") {
		_, err := netip.ParseAddr(strings.Replace(host, "%25", "%", 1))
		return err == nil
	}
	return true
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// login returns the user and the password as they stand in a URL before the @.
func (u serviceURL) login() string {
	switch {
	case u.password != "":
		return url.UserPassword(u.user, u.password).String() + "@"
	case u.user != "":
		return url.User(u.user).String() + "@"
	}
	return ""
}
