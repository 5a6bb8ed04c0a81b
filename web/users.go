package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/httpserver"
)

// mostUsersAsked is how many users one request may name, or be answered.
const mostUsersAsked = 1000

// listUsers answers GET /users and GET /users?id_user=1,2: users that do not
// exist are left out. All users come in pages.
func (s *Server) listUsers(w http.ResponseWriter, r *http.Request) {
	query, err := httpserver.QueryOf(r, "id_user", "cursor", "limit")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	held := s.holding(r)
	defer held.letGo()
	var users []identity.User
	if query.Has("id_user") {
		users, err = s.usersAsked(r, query["id_user"], held)
	} else {
		users, err = s.pageOfUsers(w, r, query, held)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(held.encoded(users))
}

// pageOfUsers returns the users behind the cursor, which is the last id of the page
// before, and says in a header where the next page is, if there is one (RFC 8288).
func (s *Server) pageOfUsers(w http.ResponseWriter, r *http.Request, query url.Values, held *holding) ([]identity.User, error) {
	after := query.Get("cursor")
	if after != "" {
		if _, err := identity.ParseID(after); err != nil {
			return nil, problem.New(problem.Invalid, "cursor must be the id_user behind which the page begins: take the address in the Link header of the page before")
		}
	}
	limit, err := limitOf(query, mostUsersAsked, mostUsersAsked)
	if err != nil {
		return nil, err
	}
	if err := held.take(r.Context(), limit+1); err != nil {
		return nil, err
	}
	users, err := s.Users.Page(r.Context(), after, limit+1)
	if err != nil || len(users) <= limit {
		return users, err
	}
	users = users[:limit]
	next := "/users?cursor=" + url.QueryEscape(users[limit-1].ID) + "&limit=" + strconv.Itoa(limit)
	w.Header().Set("Link", "<"+next+`>; rel="next"`)
	return users, nil
}

// usersAsked returns the users that ?id_user=1,2 names, which may also be repeated.
// What can be nobody's id is left out, as are the ids that nobody has. An id may have
// a comma in it: so a value that has one is also taken whole.
func (s *Server) usersAsked(r *http.Request, values []string, held *holding) ([]identity.User, error) {
	var ids []string
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
	if err := held.take(r.Context(), len(ids)); err != nil {
		return nil, err
	}
	return s.Users.Users(r.Context(), ids)
}

func (s *Server) getUser(w http.ResponseWriter, r *http.Request, id string) {
	user, err := s.Users.User(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("ETag", etag(user.Version))
	if unchanged(r, user.Version) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	writeJSON(w, http.StatusOK, user)
}

// addUser answers POST /users.
func (s *Server) addUser(w http.ResponseWriter, r *http.Request) {
	user, err := userOf(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	trace.From(r.Context()).About("", user.ID, "")
	user, err = s.Node.Add(r.Context(), user.ID, user.Name, user.Profile)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Location", addressOf(user.ID))
	w.Header().Set("ETag", etag(user.Version))
	writeJSON(w, http.StatusCreated, user)
}

// addressOf returns where a user is read. Clients take . and .. for steps in a path, even
// if they are percent-encoded.
func addressOf(id string) string {
	if id == "." || id == ".." {
		return "/users?id_user=" + id
	}
	return "/users/" + url.PathEscape(id)
}

// deleteUser answers DELETE /users/{id}. If-Match makes it conditional on the version.
func (s *Server) deleteUser(w http.ResponseWriter, r *http.Request, id string) {
	when, err := condition(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	trace.From(r.Context()).About("", id, "")
	if err := s.Node.Remove(r.Context(), id, when); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// putUser changes a user. If-Match makes it conditional on the version.
func (s *Server) putUser(w http.ResponseWriter, r *http.Request, id string) {
	edit, err := editOf(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	when, err := condition(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	trace.From(r.Context()).About("", id, "")
	user, err := s.Node.Update(r.Context(), id, edit, when)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("ETag", etag(user.Version))
	w.WriteHeader(http.StatusNoContent)
}

// userInQuery returns the one id of ?id_user=…: clients take the ids . and .. for
// steps in a path.
func userInQuery(r *http.Request) (string, error) {
	query, err := httpserver.QueryOf(r, "id_user")
	if err != nil {
		return "", err
	}
	if len(query["id_user"]) != 1 {
		return "", problem.New(problem.Invalid, "name one user, by /users/{id} or /users?id_user=…")
	}
	return identity.ParseID(query.Get("id_user"))
}

// aUser has a request that names no user be answered so: what is no id is nobody's.
func aUser(who naming) naming {
	return func(r *http.Request) (string, error) {
		id, err := who(r)
		if err != nil {
			return "", problem.New(problem.NotFound, "There is no such user: %s", problem.MessageOf(err)).Named(problem.UnknownUser)
		}
		return id, nil
	}
}

// about answers about the user, or the room, that a request names.
func (s *Server) about(named naming, answer func(http.ResponseWriter, *http.Request, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name, err := named(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		answer(w, r, name)
	}
}

// fieldsOf reads a body that is a JSON object of some of the known fields, and of nothing
// else. What is wanted is shown to who sends another one, as what read complains of it.
func fieldsOf(w http.ResponseWriter, r *http.Request, wanted string, read func(identity.Fields) error, known ...string) error {
	fields, err := fieldsWithin(w, r, longestBody, wanted, known...)
	if err != nil {
		return err
	}
	if err := read(fields); err != nil {
		return badBody(wanted, err)
	}
	return nil
}

// editOf reads the body of a PUT.
func editOf(w http.ResponseWriter, r *http.Request) (edit identity.Edit, err error) {
	err = fieldsOf(w, r, `{"name": "…"}, {"profile": …} or both`, func(fields identity.Fields) error {
		_, named := fields["name"]
		profile, profiled := fields["profile"]
		if profiled {
			edit.Profile = &profile
		}
		switch {
		case !named && !profiled:
			return problem.New(problem.Invalid, "it has neither name nor profile")
		case !named:
			return nil
		}
		name, err := fields.Text("name")
		edit.Name = &name
		return err
	}, "name", "profile")
	if err != nil {
		return identity.Edit{}, err
	}
	return edit, nil
}

// userOf reads the body of a POST.
func userOf(w http.ResponseWriter, r *http.Request) (user identity.User, err error) {
	err = fieldsOf(w, r, `{"id_user": "…", "name": "…"}, with a "profile" or without`, func(fields identity.Fields) (err error) {
		if user.ID, err = fields.Text("id_user"); err == nil {
			user.Name, err = fields.Text("name")
		}
		user.Profile = fields["profile"]
		return err
	}, "id_user", "name", "profile")
	return user, err
}
