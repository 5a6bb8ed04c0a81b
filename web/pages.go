package web

import (
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/httpserver"
)

// policy is the Content-Security-Policy of our pages: nothing but files and answers of
// our own origin, and nothing inline. 'self' includes the websocket of the same host.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// fewUsers are as many as home chooses from.
const fewUsers = 100

// forEver is for what never changes under its name.
const forEver = "public, max-age=31536000, immutable"

// home redirects to a room as one of the first users. With ?choose it lets
// people choose both instead, as it does where they have to prove who they are.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	if s.access != nil || httpserver.ParseQuery(r.URL.RawQuery).Has("choose") {
		s.page(w, r)
		return
	}
	users, err := s.users.Page(r.Context(), "", fewUsers)
	if err == nil && len(users) == 0 {
		err = problem.New(problem.Unavailable, "There are no users yet: run rollcall users add, or rollcall db seed")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	user := users[rand.IntN(len(users))]
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/ui/foo?id_user="+url.QueryEscape(user.ID), http.StatusFound)
}

// page answers every /ui/{room}, and /?choose, with the same page; it reads its own
// address.
func (s *Server) page(w http.ResponseWriter, r *http.Request) { s.document(w, r, "index.html") }

// dashPage answers with the dashboard's page. It is for everybody: what it shows has
// to be asked for, and not everybody gets that.
func (s *Server) dashPage(w http.ResponseWriter, r *http.Request) { s.document(w, r, "dash.html") }

// document answers with a page, which may use nothing but our own files.
func (s *Server) document(w http.ResponseWriter, r *http.Request, name string) {
	text, err := fs.ReadFile(s.pages, name)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(text)
}

// asset answers with a file whose name changes with its content.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if info, err := fs.Stat(s.pages, name); err != nil || info.IsDir() {
		s.fail(w, r, problem.New(problem.NotFound, "There is no file %s: reload the page", r.URL.Path))
		return
	}
	w.Header().Set("Cache-Control", forEver)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeFileFS(w, r, s.pages, name)
}
