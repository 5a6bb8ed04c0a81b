package identity

import (
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestRedisOptions(t *testing.T) {
	tests := []struct {
		url, addr, username, password string
		db                            int
		tls                           bool
	}{
		{url: "redis://host", addr: "host:6379"},
		{url: "redis://:p%40ss@host:7000/3", addr: "host:7000", password: "p@ss", db: 3},
		{url: "rediss://u:p@[::1]:7000", addr: "[::1]:7000", username: "u", password: "p", tls: true},
	}
	for _, test := range tests {
		o, err := redisOptions(test.url)
		if err != nil {
			t.Errorf("redisOptions(%q): %v", test.url, err)
			continue
		}
		if o.Addr != test.addr || o.Username != test.username || o.Password != test.password ||
			o.DB != test.db || (o.TLSConfig != nil) != test.tls {
			t.Errorf("redisOptions(%q) = %s, user %q, password %q, db %d, TLS %v",
				test.url, o.Addr, o.Username, o.Password, o.DB, o.TLSConfig != nil)
		}
	}
}

func TestBadRedisURLNamesTheFormsAndNoPassword(t *testing.T) {
	for _, text := range []string{
		"",
		"host:6379",
		"http://:secret@host",
		"redis://",
		"redis://:sec/ret@host:6379",
		"redis://:secret@host:port",
		"redis://:secret@host:6379/secret",
		"redis://:secret@host:6379?password=secret",
		"redis://:secret%zz@host:6379",
	} {
		_, err := NewBus(text, "test")
		if problem.CodeOf(err) != problem.Invalid || !strings.Contains(err.Error(), "rediss://") {
			t.Errorf("NewBus(%q) = %v, want the forms that are accepted", text, err)
		}
		if err != nil && (strings.Contains(err.Error(), "sec") || strings.Contains(err.Error(), "ret@")) {
			t.Errorf("NewBus(%q) shows the password: %v", text, err)
		}
	}
}
