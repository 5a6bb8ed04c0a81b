package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
)

const (
	// mostUsersAsked is how many users one request may name.
	mostUsersAsked = 1000

	// longestBody is the size that the body of a PUT may have, in bytes.
	longestBody = 16 << 10
)

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
// without that parameter.
func askedUsers(r *http.Request) ([]int64, error) {
	query, err := queryOf(r, "id_user")
	values, ok := query["id_user"]
	if err != nil || !ok {
		return nil, err
	}
	ids := []int64{}
	for field := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if field == "" {
			continue
		}
		id, err := actors.ParseUser(field)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
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
	name, err := nameIn(http.MaxBytesReader(w, r.Body, longestBody))
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

// userOf reads the id in a path; what is no id names no user.
func userOf(segment string) (int64, error) {
	id, err := actors.ParseUser(segment)
	if err != nil {
		return 0, problem.New(problem.NotFound, "There is no such user: ids are positive whole numbers, see GET /users")
	}
	return id, nil
}

// nameIn reads {"name": "…"}, and nothing else.
func nameIn(body io.Reader) (string, error) {
	const want = `The body must be {"name": "…"}`
	var fields map[string]any // a struct would take {"NAME": "…"} too
	decoder := json.NewDecoder(body)
	err := decoder.Decode(&fields)
	var tooLong *http.MaxBytesError
	var otherType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &tooLong):
		return "", problem.New(problem.Invalid, "%s, of at most %d bytes", want, tooLong.Limit)
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
