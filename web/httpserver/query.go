package httpserver

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
)

// Query is the query of a URL, read as Node.js and browsers do: only "&" parts its
// parameters, and what is not percent-encoded stays as it is written. Go's own
// reader drops such parameters, or the whole query.
type Query struct {
	url.Values
	malformed []string // the names of parameters whose value is not percent-encoded
}

// ParseQuery reads the query of a URL as it is written there.
func ParseQuery(raw string) Query {
	q := Query{Values: url.Values{}}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(key); err == nil {
			key = name
		}
		if text, err := url.QueryUnescape(value); err == nil {
			value = text
		} else {
			q.malformed = append(q.malformed, key)
		}
		q.Add(key, value)
	}
	return q
}

// Check fails for the first of these parameters that is not percent-encoded. What
// others mean is not ours to judge.
func (q Query) Check(names ...string) error {
	for _, name := range names {
		if slices.Contains(q.malformed, name) {
			return problem.New(problem.Invalid, "The query parameter %s is not percent-encoded: a %% in it is written %%25", name)
		}
	}
	return nil
}

// QueryOf returns the query of a request that means these parameters.
func QueryOf(r *http.Request, names ...string) (url.Values, error) {
	q := ParseQuery(r.URL.RawQuery)
	return q.Values, q.Check(names...)
}
