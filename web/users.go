package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
)

// mostUsersAsked is how many users one request may name.
const mostUsersAsked = 1000

// listUsers answers GET /users and GET /users?id_user=1,2: users that do not
// exist are left out.
func (s *Server) listUsers(w http.ResponseWriter, r *http.Request) {
	ids, err := askedUsers(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	users := []identity.User{}
	if ids == nil || len(ids) > 0 {
		if users, err = s.users.Users(r.Context(), ids); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, users)
}

// askedUsers returns the ids of ?id_user=1,2, which may also be repeated; nil
// without that parameter. What can be nobody's id is left out, as are the ids that
// nobody has. An id may have a comma in it: so a value that has one is also taken whole.
func askedUsers(r *http.Request) ([]string, error) {
	query, err := queryOf(r, "id_user")
	values, ok := query["id_user"]
	if err != nil || !ok {
		return nil, err
	}
	ids := []string{}
	add := func(text string) {
		if id, err := identity.ParseID(text); err == nil {
			ids = append(ids, id)
		}
	}
	for _, value := range values {
		if strings.Contains(value, ",") {
			add(value)
		}
		for field := range strings.SplitSeq(value, ",") {
			add(field)
		}
	}
	if len(ids) > mostUsersAsked {
		return nil, problem.New(problem.Invalid, "One request may name %d users, this one names %d: ask in parts", mostUsersAsked, len(ids))
	}
	return ids, nil
}

func (s *Server) getUser(w http.ResponseWriter, r *http.Request, segment string) {
	id, err := userOf(segment)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	user, err := s.users.User(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("ETag", etag(user.Version))
	writeJSON(w, http.StatusOK, user)
}

// putUser renames a user. If-Match makes it conditional on the version.
func (s *Server) putUser(w http.ResponseWriter, r *http.Request, segment string) {
	id, err := userOf(segment)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, err := bodyOf(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	name, err := nameIn(bytes.NewReader(body))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	version, err := ifMatch(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	trace.From(r.Context()).About("", id, "")
	user, err := s.node.Rename(r.Context(), id, name, version)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("ETag", etag(user.Version))
	w.WriteHeader(http.StatusNoContent)
}

// userOf reads the id in a path, as it was escaped; what is no id names no user.
func userOf(segment string) (string, error) {
	id, err := url.PathUnescape(segment)
	if err == nil {
		id, err = identity.ParseID(id)
	}
	if err != nil {
		return "", problem.New(problem.NotFound, "There is no such user: %s", problem.MessageOf(err)).Named(problem.UnknownUser)
	}
	return id, nil
}

// nameIn reads {"name": "…"}, and nothing else.
func nameIn(body io.Reader) (string, error) {
	const want = `The body must be {"name": "…"}`
	var fields map[string]any // a struct would take {"NAME": "…"} too
	decoder := json.NewDecoder(body)
	err := decoder.Decode(&fields)
	var otherType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &otherType):
		return "", problem.New(problem.Invalid, "%s, it is a JSON %s", want, otherType.Value)
	case errors.Is(err, io.EOF):
		return "", problem.New(problem.Invalid, "%s, it is empty", want)
	case err != nil:
		return "", problem.New(problem.Invalid, "%s: %s", want, strings.TrimPrefix(err.Error(), "json: "))
	}
	for field := range fields {
		if field != "name" {
			return "", problem.New(problem.Invalid, "%s: there is no field %.40q", want, field)
		}
	}
	name, ok := fields["name"].(string)
	if !ok {
		return "", problem.New(problem.Invalid, "%s: the name is missing, or no text", want)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return "", problem.New(problem.Invalid, "%s: something follows it", want)
	}
	return name, nil
}

// ifMatch returns the version that the user must have, or nil if any will do.
func ifMatch(r *http.Request) (*int64, error) {
	header := r.Header.Get("If-Match")
	if header == "" || header == "*" {
		return nil, nil
	}
	text, quoted := strings.CutPrefix(header, `"`)
	text, closed := strings.CutSuffix(text, `"`)
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !quoted || !closed {
		return nil, problem.New(problem.Invalid, `If-Match must be the user's version in quotes, such as "3", or *`)
	}
	return &version, nil
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }
