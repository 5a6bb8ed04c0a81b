package identity

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestParseLocation(t *testing.T) {
	file := func(path string) location { return location{file: path, options: url.Values{}} }
	tests := map[string]location{
		"":                             file("data/rollcall.db"),
		"data/x.db":                    file("data/x.db"),
		"/var/lib/100%?.db":            file("/var/lib/100%?.db"), // a path is taken as it is
		"sqlite://data/x.db":           file("data/x.db"),
		"sqlite:///var/lib/x.db":       file("/var/lib/x.db"),
		"sqlite:////var/lib/x.db":      file("//var/lib/x.db"),
		"sqlite:x.db":                  file("x.db"),
		"file:x%20y.db":                file("x y.db"),
		"file:///x.db?mode=ro":         {file: "/x.db", options: url.Values{"mode": {"ro"}}},
		"postgres://u:p@host/db":       {postgres: "postgres://u:p@host/db"},
		"postgresql://host/db?a=b":     {postgres: "postgresql://host/db?a=b"},
		"sqlite://x.db?_pragma=foo(1)": {file: "x.db", options: url.Values{"_pragma": {"foo(1)"}}},
	}
	for text, want := range tests {
		got, err := parseLocation(text)
		if err != nil {
			t.Errorf("parseLocation(%q): %v", text, err)
		} else if diff := cmp.Diff(want, got, cmp.AllowUnexported(location{})); diff != "" {
			t.Errorf("parseLocation(%q) (-want +got):\n%s", text, diff)
		}
	}
}

func TestBadDatabaseURLNamesTheFormsAndNoPassword(t *testing.T) {
	for _, text := range []string{
		"mysql://u:secret@host/db",
		"sqlite://",
		"file:",
		"file::memory:?cache=shared",
		"sqlite:x.db?mode=memory",
		"sqlite:%zz",
		"sqlite:x.db?a=%zz",
		"postgres://u:sec/ret@host:5432/db",
		"postgres://u:secret%zz@host/db",
		"postgres://u:secret@host:port/db",
		"postgres://u:secret@host/db?sslmode=secret",
		"postgres://app:p@secret#1@host/app",
		"postgres://app:p@secret?1@host/app",
		"postgres://app:12/secret@host/app",
		"postgres:/app:secret@host/app",
		"app:secret@host/app",
		"sqlite://app:secret@host/app",
		"host=db user=app password=secret",
		"p#secret://host",
	} {
		_, err := Open(t.Context(), text, slog.New(slog.DiscardHandler))
		if problem.CodeOf(err) != problem.Invalid || !strings.Contains(err.Error(), "postgres://user:password@") {
			t.Errorf("Open(%q) = %v, want the forms that are accepted", text, err)
		}
		if err != nil && (strings.Contains(err.Error(), "sec") || strings.Contains(err.Error(), "ret@")) {
			t.Errorf("Open(%q) shows the password: %v", text, err)
		}
	}
}

// Options of other drivers would be passed on to the server, which refuses whoever
// brings one that it does not know.
func TestOptionsOfOtherDriversAreNamed(t *testing.T) {
	for options, says := range map[string]string{
		"sslmode=no-verify":          "sslmode=require",
		"sslmode=REQUIRE":            "option sslmode has to be one of disable",
		"ssl=1":                      "sslmode=require",
		"ssl=false":                  "sslmode=disable",
		"schema=public":              "search_path",
		"currentSchema=public":       "search_path",
		"pool_max_conns=20":          "pool_max_conns",
		"connection_limit=5":         "connection_limit",
		"pgbouncer=true":             "pgbouncer",
		"uselibpqcompat=true":        "sslmode",
		"socket_timeout=5":           "statement_timeout",
		"sslrootcert=/nowhere/a.pem": "/nowhere/a.pem",
		"a b=c":                      "no list of options",
	} {
		_, err := Open(t.Context(), "postgres://u:p@host/db?application_name=x&"+options, slog.New(slog.DiscardHandler))
		if problem.CodeOf(err) != problem.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q in it", options, err, says)
		}
	}
	for _, fine := range []string{
		"postgres://u:p@host/db?sslmode=require", "postgres://u:p@host/db?ssl=true", "postgres://u:p@a:1,b:2/db?target_session_attrs=read-write",
		"postgres:///db?host=/var/run/postgresql", "postgres://%2Fvar%2Frun/db", "postgres://u@[::1]:5432/db", "postgresql://u:p@ss@host",
		"postgres://host/db?search_path=a,b&statement_timeout=5000&options=-c%20lock_timeout%3D5s&my.own=x",
	} {
		store, err := Open(t.Context(), fine, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Errorf("%s: %v", fine, err)
			continue
		}
		_ = store.Close()
	}
}

// What is written into a URL is what the driver gets.
func TestPostgreSQLGetsWhatTheURLSays(t *testing.T) {
	config, err := postgresConfig("postgres://a%40b:p@s%2Fs:%25+@host:7/d%20b?options=-c%20lock_timeout%3D5s&application_name=x+y")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{config.User, config.Password, config.Host, config.Database, config.RuntimeParams["options"], config.RuntimeParams["application_name"]}
	if diff := cmp.Diff([]string{"a@b", "p@s/s:%+", "host", "d b", "-c lock_timeout=5s", "x+y"}, got); diff != "" {
		t.Error(diff)
	}
	t.Setenv("PGPASSWORD", "of the environment")
	for url, want := range map[string]string{"postgres://u@host/db": "of the environment", "postgres://u:own@host/db": "own"} {
		if config, err := postgresConfig(url); err != nil || config.Password != want {
			t.Errorf("%s: password %q, %v", url, config.Password, err)
		}
	}
}

func TestADatabaseIsNamedWithoutItsPassword(t *testing.T) {
	for url, want := range map[string]string{
		"": "the SQLite database data/rollcall.db", "a b.db": "the SQLite database a b.db",
		"sqlite:///var/lib/a%20b.db?_pragma=x":                               "the SQLite database /var/lib/a b.db",
		"postgres://rollcall:hunter2@db.example:5433/people?sslmode=disable": "the PostgreSQL database rollcall@db.example:5433/people",
		"postgres://a,b/people?password=hunter2":                             "the PostgreSQL database a,b/people",
		"postgres://rollcall:hunter2#@host/db":                               "a database that cannot be named",
	} {
		if got := NameOf(url); got != want {
			t.Errorf("%q is %q, want %q", url, got, want)
		}
	}
}
