package web

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/time/rate"

	"github.com/rollcall/rollcall/protos/problem"
)

// failing is as much of a server as refuses.
func failing(log *slog.Logger) *Server {
	return &Server{Config: Config{Logger: log}, unserved: rate.NewLimiter(unservedASecond, unservedAtOnce)}
}

// Whoever can have requests refused for now fills no log with them.
func TestRefusalsForNowAreNotAllLogged(t *testing.T) {
	var log strings.Builder
	s := failing(slog.New(slog.NewTextHandler(&log, nil)))
	for range 100 * unservedAtOnce {
		s.fail(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), problem.New(problem.Unavailable, "Later"))
	}
	if n := strings.Count(log.String(), "\n"); n < unservedAtOnce || n > 2*unservedAtOnce {
		t.Errorf("%d lines", n)
	}
}

func TestProblemsAsHTTP(t *testing.T) {
	tests := []struct {
		err    error
		status int
		title  string
	}{
		{problem.New(problem.Invalid, "Too <long>"), 422, "Too <long>"},
		{problem.New(problem.TooLarge, "Too long"), 413, "Too long"},
		{problem.New(problem.NotFound, "Nobody"), 404, "Nobody"},
		{problem.New(problem.Conflict, "Moved on"), 412, "Moved on"},
		{problem.Wrap(errors.New("secret"), problem.Unavailable, "Later"), 503, "Later"},
		{errors.New("secret"), 500, ""},
	}
	for _, test := range tests {
		w := httptest.NewRecorder()
		failing(slog.New(slog.DiscardHandler)).fail(w, httptest.NewRequest(http.MethodGet, "/", nil), test.err)
		got := answer{w.Code, w.Header(), w.Body.String()}
		wantProblem(t, got)
		if got.status != test.status || strings.Contains(got.body, "secret") {
			t.Errorf("%v: %d %s", test.err, got.status, got.body)
		}
		if !strings.Contains(got.body, `"code":"`+string(problem.CodeOf(test.err))+`"`) {
			t.Errorf("%v: no code in %s", test.err, got.body)
		}
		if later := got.header.Get("Retry-After") != ""; later != (test.status == 503) {
			t.Errorf("%v: Retry-After %q", test.err, got.header.Get("Retry-After"))
		}
	}
}
