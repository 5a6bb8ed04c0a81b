package identity

import (
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestRedisURLs(t *testing.T) {
	tests := []struct {
		url, addr, username, password string
		db                            int
		tls, insecure                 bool
		master                        string
		sentinels                     []string
	}{
		{url: "redis://host", addr: "host:6379"},
		{url: "redis://:p%40ss@host:7000/3", addr: "host:7000", password: "p@ss", db: 3},
		{url: "redis://:p@ss:w@rd@host", addr: "host:6379", password: "p@ss:w@rd"},
		{url: "rediss://u:p@[::1]:7000", addr: "[::1]:7000", username: "u", password: "p", tls: true},
		{url: "rediss://host?skip_verify=true", addr: "host:6379", tls: true, insecure: true},
		{url: "redis://host/?db=2", addr: "host:6379", db: 2},
		{url: "redis://h:secret@host", addr: "host:6379", password: "secret"}, // as Heroku writes it
		{url: "redis-sentinel://u:p@a:1,b/2?master=m", addr: "a:1", username: "u", password: "p", db: 2, master: "m", sentinels: []string{"a:1", "b:26379"}},
		{url: "rediss+sentinel://[::1]?master_name=m&sentinel_password=x", addr: "[::1]:26379", tls: true, master: "m", sentinels: []string{"[::1]:26379"}},
	}
	for _, test := range tests {
		place, err := parseRedis(test.url, Trust{})
		if err != nil {
			t.Errorf("parseRedis(%q): %v", test.url, err)
			continue
		}
		o := place.options
		if o.Addr != test.addr || o.Username != test.username || o.Password != test.password || o.DB != test.db ||
			(o.TLSConfig != nil) != test.tls || test.tls && o.TLSConfig.InsecureSkipVerify != test.insecure ||
			place.master != test.master || !slices.Equal(place.sentinels, test.sentinels) {
			t.Errorf("parseRedis(%q) = %s, user %q, password %q, db %d, TLS %v, master %q of %q",
				test.url, o.Addr, o.Username, o.Password, o.DB, o.TLSConfig != nil, place.master, place.sentinels)
		}
	}
}

// A URL that cannot be used is refused by what is at fault in it, and never repeated.
func TestBadRedisURLsAreExplained(t *testing.T) {
	for text, says := range map[string]string{
		"":                                            "no scheme",
		"host:6379":                                   "no scheme",
		"http://:secret@host":                         `not "http"`,
		"redis://":                                    "no host",
		"redis://:secret@":                            "no host",
		"redis://:sec/ret@host:6379":                  "percent-encoded",
		"redis://:sec?ret@host:6379":                  "percent-encoded",
		"redis://:sec#ret@host:6379":                  "percent-encoded",
		"redis://:secret%zz@host:6379":                "percent-encoded",
		"redis://:secret@host:port":                   "host or port",
		"redis://:secret@host:65536":                  "host or port",
		"redis://:secret@host:6379/secret":            "number of a database",
		"redis://:secret@host:6379?password=secret":   "option password has to stand before the host",
		"redis://host?family=0":                       "option family is of Node's client",
		"rediss://host?ssl_cert_reqs=none":            "--redis-insecure",
		"rediss://host?ssl_ca_certs=/secret":          "--redis-ca",
		"redis://host?skip_verify=true":               "skip_verify is for rediss://",
		"rediss://host?skip_verify=secret":            "option skip_verify",
		"redis://host?db=secret":                      "option db",
		"redis://host?colour=secret":                  "option colour",
		"redis://host?protocol=2&dial_timeout=secret": "option dial_timeout",
		"redis://:secret@a:6379,b:6379":               "several hosts",
		"redis+cluster://:secret@a:6379,b:6379":       "one node",
		"redis-sentinel://a:26379":                    "option master is missing",
		"redis://a?master=secret":                     "option master is for redis-sentinel://",
		"redis-sentinel://a,?master=m":                "hosts",
	} {
		_, err := NewBus(text, "test")
		if problem.CodeOf(err) != problem.Invalid || !strings.Contains(err.Error(), "rediss://") {
			t.Errorf("NewBus(%q) = %v, want the forms that are accepted", text, err)
			continue
		}
		if !strings.Contains(err.Error(), says) {
			t.Errorf("NewBus(%q) = %v, want %q in it", text, err, says)
		}
		if err != nil && (strings.Contains(err.Error(), "sec") && !strings.Contains(says, "sec") || strings.Contains(err.Error(), "ret@")) {
			t.Errorf("NewBus(%q) shows the password: %v", text, err)
		}
	}
}
