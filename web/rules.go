package web

import (
	"net/http"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/apikey"
	"github.com/rollcall/rollcall/web/httpserver"
)

// rule is what a route asks of who uses it. Operators may use all. The zero value lets in
// nobody else.
type rule struct {
	who    string        // all of that in words, for docs/reference/routes.md
	public bool          // whoever it is may, and is not asked
	open   bool          // whoever it is may, where the server asks nobody for a token
	scope  apikey.Scopes // keys that have it may; 0: no key
	grant  granting      // who shows a token may, if this returns nil; nil: nobody
}

// granting returns why a grant is not enough for a request.
type granting func(*http.Request, access.Grant) error

// naming returns the room or the user that a request is about. The error is what it is
// answered with.
type naming func(*http.Request) (string, error)

// everybody is the rule of what is public.
func everybody() rule { return rule{who: "anybody", public: true} }

// operators is the rule of what keys are not for.
func operators() rule { return rule{who: "operators"} }

// keysFor lets in keys with a scope.
func keysFor(scope apikey.Scopes) rule { return rule{who: keyWith(scope), scope: scope} }

func keyWith(scope apikey.Scopes) string { return "a key with `" + scope.String() + "`" }

// anyToken lets in who has proven to be anybody, and keys that read.
func anyToken() rule {
	anything := func(*http.Request, access.Grant) error { return nil }
	return rule{who: "any token; " + keyWith(apikey.Read), open: true, scope: apikey.Read, grant: anything}
}

// readingUsers lets in who names the users, if they have proven to be anybody; and keys that
// read, which may see all users.
func readingUsers() rule {
	who := "any token, with `?id_user=`; " + keyWith(apikey.Read)
	return rule{who: who, open: true, scope: apikey.Read, grant: func(r *http.Request, _ access.Grant) error {
		if httpserver.ParseQuery(r.URL.RawQuery).Has("id_user") {
			return nil
		}
		return noRight("All users are not for users to see: name those that you mean, by ?id_user=, or show an API key with the scope read")
	}}
}

// oneself lets in the user that a request is about, and keys with a scope.
func oneself(named naming, scope apikey.Scopes) rule {
	return rule{who: "a token of the user; " + keyWith(scope), open: true, scope: scope, grant: func(r *http.Request, g access.Grant) error {
		id, err := named(r)
		if err == nil && id != g.User {
			err = problem.New(problem.Forbidden, "This token is of another user: show one of the user whom the request is about, or an API key with the scope %v", scope).Named(problem.OtherUser)
		}
		return err
	}}
}

// provenOneself is oneself that lets in nobody by their word alone.
func provenOneself(named naming, scope apikey.Scopes) rule {
	r := oneself(named, scope)
	r.open = false
	return r
}

// listingRooms lets in who may list the room that is named, and keys that read. Without a
// name they see all rooms, for which the route asks once more: no token is for that, nor
// nobody's word.
func listingRooms() rule {
	inRoom := withRight(access.List, inQuery, apikey.Read)
	all := keysFor(apikey.Read)
	return rule{who: "with `?room=` " + inRoom.who + "; else " + all.who, open: true, scope: apikey.Read, grant: func(r *http.Request, g access.Grant) error {
		if !httpserver.ParseQuery(r.URL.RawQuery).Has("room") {
			return noRight("All rooms are not for users to see: name one that you mean, by ?room=, or show an API key with the scope read")
		}
		return inRoom.grant(r, g)
	}}
}

// withRight lets in who has rights in the room that a request is about, and keys with a
// scope. Where nobody is asked for a token, all have the usual rights.
func withRight(rights access.Rights, named naming, scope apikey.Scopes) rule {
	who := "a token with `" + rights.String() + "` in the room; " + keyWith(scope)
	return rule{who: who, open: access.Usual.Have(rights), scope: scope, grant: func(r *http.Request, g access.Grant) error {
		room, err := named(r)
		if err != nil {
			return err
		}
		return access.Denied(g.Rooms.In(room), rights, room)
	}}
}

func noRight(format string, args ...any) error {
	return problem.New(problem.Forbidden, format, args...).Named(problem.NoRight)
}

func tokenRequired(format string, args ...any) error {
	return problem.New(problem.Unauthorized, format, args...).Named(problem.TokenRequired)
}

// guard has a route answer only those whom its rule lets in.
func (s *Server) guard(row route) http.HandlerFunc {
	if row.asks.public || row.door == operatorDoor { // which has asked already
		return row.handle
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if s.Access != nil || !row.asks.open {
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Add("Vary", "Authorization")
		}
		who, err := s.identify(r)
		if err == nil {
			err = s.admit(row, r, who)
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		row.handle(w, who.from(r))
	}
}

// admit returns why who a request is from may not use a route, nil if they may.
func (s *Server) admit(row route, r *http.Request, who caller) error {
	asks := row.asks
	switch {
	case who.operator, who.key != nil && asks.scope != 0 && who.key.Scopes.Have(asks.scope):
		return nil
	case s.Access == nil && asks.open:
		return s.mayWrite(r, row.method, who)
	case who.key != nil:
		return noRight("The API key %s is not for this: that takes %s", who.key.Name, asks.takes())
	case who.grant == nil:
		return s.stranger(r, asks)
	case asks.grant == nil:
		return noRight("This is not for users: it takes %s", asks.takes())
	}
	if err := asks.grant(r, *who.grant); err != nil {
		return err
	}
	return s.mayWrite(r, row.method, who)
}

// takes says what else a rule lets in.
func (a rule) takes() string {
	if a.scope == 0 {
		return "the admin token"
	}
	return "the admin token, or an API key with the scope " + a.scope.String()
}

// stranger returns why somebody may not who has shown nothing that is known.
func (s *Server) stranger(r *http.Request, asks rule) error {
	switch {
	case s.Access != nil && asks.grant == nil:
		return tokenRequired("This is for operators and backends: show %s, as Authorization: Bearer", asks.takes())
	case s.Access != nil:
		return tokenRequired("This server asks for a token: show it, or an API key with the scope %v, as Authorization: Bearer", asks.scope)
	case len(s.Keys) == 0:
		err := s.Gate.Admit(bearer(r))
		return problem.New(problem.CodeOf(err), "%s. For backends, start Rollcall with --api-key", problem.MessageOf(err))
	case bearer(r) == "":
		return tokenRequired("This is for operators and API keys: show the admin token or a key as Authorization: Bearer")
	default:
		return problem.New(problem.Unauthorized, "This is neither the admin token nor an API key").Named(problem.BadToken)
	}
}
