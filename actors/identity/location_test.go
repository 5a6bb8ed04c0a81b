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
