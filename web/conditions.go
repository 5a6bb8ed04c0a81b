package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
)

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// condition returns what a request says about the version of the user that it is to
// change (RFC 9110 §13.1); nil if any will do.
func condition(r *http.Request) (identity.Condition, error) {
	match, err := tagsOf(r, "If-Match")
	if err != nil {
		return nil, err
	}
	none, err := tagsOf(r, "If-None-Match")
	if err != nil || match == nil && none == nil {
		return nil, err
	}
	return func(version int64) bool {
		return (match == nil || match.have(version)) && (none == nil || !none.have(version))
	}, nil
}

// unchanged reports whether the client has this version already. What cannot be
// understood says nothing.
func unchanged(r *http.Request, version int64) bool {
	none, err := tagsOf(r, "If-None-Match")
	return err == nil && none != nil && none.have(version)
}

// tags are what If-Match and If-None-Match name: entity tags, or any.
type tags struct {
	any    bool
	opaque []string
}

// have reports whether the version is among them. A weak tag counts as the strong one:
// proxies that compress an answer weaken its tag, and a version is one name.
func (t *tags) have(version int64) bool {
	return t.any || slices.Contains(t.opaque, strconv.FormatInt(version, 10))
}

// tagsOf returns the tags in a header, nil if the request does not have it.
func tagsOf(r *http.Request, header string) (*tags, error) {
	lines := r.Header.Values(header)
	if len(lines) == 0 {
		return nil, nil
	}
	t, ok := parseTags(strings.Join(lines, ","))
	if !ok {
		return nil, problem.New(problem.Invalid, `%s must be versions of the user in quotes, such as "3" or "3", "4", or *`, header)
	}
	return t, nil
}

// parseTags reads * or a list of at least one entity tag (RFC 9110 §8.8.3 and §5.6.1).
func parseTags(text string) (*tags, bool) {
	const space = " \t"
	if strings.Trim(text, space) == "*" {
		return &tags{any: true}, true
	}
	t := &tags{}
	for {
		text = strings.TrimLeft(text, space+",") // elements may be empty
		if text == "" {
			return t, len(t.opaque) > 0
		}
		text = strings.TrimPrefix(text, "W/")
		opaque, rest, ok := quoted(text)
		if !ok {
			return nil, false
		}
		t.opaque = append(t.opaque, opaque)
		text = strings.TrimLeft(rest, space)
		if text != "" && text[0] != ',' {
			return nil, false
		}
	}
}

// quoted cuts what is between the quotes at the beginning of text.
func quoted(text string) (opaque, rest string, ok bool) {
	text, ok = strings.CutPrefix(text, `"`)
	if !ok {
		return "", "", false
	}
	opaque, rest, ok = strings.Cut(text, `"`)
	if strings.ContainsFunc(opaque, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "", "", false
	}
	return opaque, rest, ok
}
