package web

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

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
		(&Server{Config: Config{Logger: slog.New(slog.DiscardHandler)}}).fail(w, httptest.NewRequest(http.MethodGet, "/", nil), test.err)
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
