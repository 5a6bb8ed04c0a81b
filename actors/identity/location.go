package identity

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
)

// DefaultDatabaseURL is the user store of a node that was told of no other.
const DefaultDatabaseURL = "sqlite://data/rollcall.db"

// location says which database a URL means.
type location struct {
	postgres string     // the URL, if it is a PostgreSQL database; else
	file     string     // the path of the SQLite file,
	options  url.Values // and the URL's query: options of SQLite and of its driver
}

// parseLocation reads a database URL. No error repeats the URL: there may be a
// password in it.
func parseLocation(databaseURL string) (location, error) {
	if databaseURL == "" {
		databaseURL = DefaultDatabaseURL
	}
	switch scheme, _, found := strings.Cut(databaseURL, "://"); {
	case !found || scheme == "sqlite" || scheme == "file":
		return parseFile(databaseURL)
	case scheme == "postgres" || scheme == "postgresql":
		if _, wrong := parseServiceURL(databaseURL); wrong != "" {
			return location{}, badDatabaseURL(wrong)
		}
		return location{postgres: databaseURL}, nil
	case strings.HasPrefix(scheme, "postgresql+") || strings.HasPrefix(scheme, "postgres+"):
		return location{}, badDatabaseURL("what follows postgresql in its scheme is for SQLAlchemy; leave it out")
	case isScheme(scheme):
		return location{}, badDatabaseURL(fmt.Sprintf("the scheme %q is not supported", scheme))
	default:
		return location{}, badDatabaseURL("it begins with no scheme")
	}
}

// NameOf says which database a URL means, for people: without its password, and without
// its options.
func NameOf(databaseURL string) string {
	at, err := parseLocation(databaseURL)
	if err != nil {
		return "a database that cannot be named"
	}
	if at.postgres == "" {
		return "the SQLite database " + at.file
	}
	u, _ := parseServiceURL(at.postgres)
	login := ""
	if u.user != "" {
		login = u.user + "@"
	}
	return "the PostgreSQL database " + login + strings.Join(u.hosts, ",") + "/" + u.path
}

// namesServer reports whether text without a scheme says how to reach a server all the
// same, with a password, perhaps: as a file its name would be told to everybody. What
// begins like a path is one.
func namesServer(text string) bool {
	return regexp.MustCompile(`(?s)^(postgres|postgresql|mysql|redis):|:[^/]*@|^[^/.].*:.*@|(^|\s)(host|password|dbname|user)\s*=`).MatchString(text)
}

func isScheme(text string) bool {
	return regexp.MustCompile(`^[a-z][a-z0-9+.-]{0,15}$`).MatchString(text)
}

// parseFile reads a path, or a percent-encoded path with options behind
// sqlite: or file:.
func parseFile(text string) (location, error) {
	at := location{file: text, options: url.Values{}}
	for _, prefix := range []string{"sqlite://", "sqlite:", "file://", "file:"} {
		rest, ok := strings.CutPrefix(text, prefix)
		if !ok {
			continue
		}
		path, query, _ := strings.Cut(rest, "?")
		var err error
		if at.file, err = url.PathUnescape(path); err != nil {
			return location{}, badDatabaseURL("its path is not properly percent-encoded")
		}
		if at.options, err = url.ParseQuery(query); err != nil {
			return location{}, badDatabaseURL("its options are not properly percent-encoded")
		}
		break
	}
	switch {
	case namesServer(at.file):
		return location{}, badDatabaseURL("its path is no file, but says how to reach a server")
	case at.file == "":
		return location{}, badDatabaseURL("the path of the file is missing")
	case strings.Contains(at.file, ":memory:") || at.options.Get("mode") == "memory":
		return location{}, badDatabaseURL("a database in memory cannot be shared by nodes")
	}
	return at, nil
}

func badDatabaseURL(why string) error {
	return problem.New(problem.Invalid, "the database URL is of no use: %s. "+
		"It is a path (data/rollcall.db), sqlite://data/rollcall.db, file:data/rollcall.db or postgres://user:password@host:5432/database", why)
}
