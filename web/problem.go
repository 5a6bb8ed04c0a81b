package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/httpserver"
)

// details is the body of an error answer (RFC 9457). The type is about:blank,
// which need not be written; the title is meant for a person.
// The code is for programs, and an extension of ours.
type details struct {
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Code   problem.Name `json:"code"`
}

// Of requests that are refused for now so many are logged: while the issuer of tokens is
// away, whoever shows any causes one.
const (
	unservedASecond = 5
	unservedAtOnce  = 50
)

// fail answers with an error. What is our fault is logged here, once.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(problem.CodeOf(err))
	span := trace.From(r.Context())
	log := span.Logger(s.Logger)
	if status >= http.StatusInternalServerError {
		span.Fail(err)
	}
	if status == http.StatusInternalServerError {
		log.Error("request failed", "method", r.Method, "path", httpserver.Clip(r.URL.Path), "err", err)
	}
	if asks := challenge(status, problem.NameOf(err)); asks != "" {
		w.Header().Set("WWW-Authenticate", asks)
	}
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", httpserver.RetryAfter)
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", httpserver.RetryAfter)
		if s.unserved.Allow() {
			log.Warn("request refused for now", "method", r.Method, "path", httpserver.Clip(r.URL.Path), "err", err)
		}
	}
	writeProblem(w, status, problem.NameOf(err), problem.MessageOf(err))
}

// challenge is what a refused request should have shown, by RFC 6750 §3; "" where a token
// is not what it lacks. Who has shown none is not told what is wrong with it.
func challenge(status int, name problem.Name) string {
	const realm = `Bearer realm="Rollcall"`
	switch {
	case name == problem.BadToken, name == problem.TokenExpired, name == problem.TokenRevoked:
		return realm + `, error="invalid_token"`
	case name == problem.NoRight:
		return realm + `, error="insufficient_scope"`
	case status == http.StatusUnauthorized:
		return realm
	default:
		return ""
	}
}

// tooMany answers a request that finds no place, and says nothing in the log: there would
// be too much of that, too.
func tooMany(w http.ResponseWriter, err error) {
	w.Header().Set("Retry-After", httpserver.RetryAfter)
	w.Header().Set("Connection", "close")
	writeProblem(w, http.StatusServiceUnavailable, problem.NameOf(err), problem.MessageOf(err))
}

// writeProblem answers whole, with its length: the client may still be sending, and
// must not wait for us to read that.
func writeProblem(w http.ResponseWriter, status int, code problem.Name, title string) {
	var body bytes.Buffer
	_ = json.NewEncoder(&body).Encode(details{Title: title, Status: status, Code: code})
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

func statusOf(code problem.Code) int {
	switch code {
	case problem.Invalid:
		return http.StatusUnprocessableEntity
	case problem.Unauthorized:
		return http.StatusUnauthorized
	case problem.TooLarge:
		return http.StatusRequestEntityTooLarge
	case problem.TooSlow:
		return http.StatusRequestTimeout
	case problem.Forbidden:
		return http.StatusForbidden
	case problem.Misdirected:
		return http.StatusMisdirectedRequest
	case problem.RateLimited:
		return http.StatusTooManyRequests
	case problem.NotFound:
		return http.StatusNotFound
	case problem.Conflict:
		return http.StatusPreconditionFailed
	case problem.Exists:
		return http.StatusConflict
	case problem.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// allow answers a request whose method the route does not have.
func allow(w http.ResponseWriter, r *http.Request, allowed []string) {
	slices.Sort(allowed)
	list := strings.Join(allowed, ", ")
	w.Header().Set("Allow", list)
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	writeProblem(w, http.StatusMethodNotAllowed, problem.MethodNotAllowed, r.Method+" is not possible here: use "+list)
}
