package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestNameIn(t *testing.T) {
	good := map[string]string{
		`{"name":"Mary"}`:                  "Mary",
		" {\n\"name\" : \"Mary\" }\n ":     "Mary",
		`{"name":""}`:                      "",
		`{"name":"\u0041\n<&>"}`:           "A\n<&>",
		`{"n\u0061me":"Mary"}`:             "Mary",
		`{"name":"` + "🦊" + `"}`:           "🦊",
		`{"name":"Mary","name":"Mary"}`:    "Mary",
		`{"name":"first","name":"second"}`: "second",
	}
	for body, want := range good {
		if got, err := nameIn(strings.NewReader(body)); got != want || err != nil {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
	bad := []string{
		"", " ", "null", "{}", "[]", `"Mary"`, "1", `{"name":null}`, `{"name":1}`, `{"name":["Mary"]}`,
		`{"name":"Mary","age":3}`, `{"NAME":"Mary"}`, `{"Name":"Mary"}`, `{"age":3}`, `{"name":"Mary"`, `{"name":"Mary"} x`, `{"name":"Mary"}{}`,
		`{name:"Mary"}`, `{"name":"` + "\n" + `"}`, `{"name":"\x"}`, "\xff", `{"":"Mary"}`,
	}
	for _, body := range bad {
		got, err := nameIn(strings.NewReader(body))
		if problem.CodeOf(err) != problem.Invalid || !strings.Contains(problem.MessageOf(err), `{"name": "…"}`) {
			t.Errorf("%q: %q, %v", body, got, err)
		}
		if strings.Contains(problem.MessageOf(err), "Go ") || strings.Contains(problem.MessageOf(err), "struct") {
			t.Errorf("%q: not for people: %s", body, problem.MessageOf(err))
		}
	}
}

func FuzzNameIn(f *testing.F) {
	for _, seed := range []string{`{"name":"Mary"}`, `{"name":"\ud800"}`, `{"name":"a","name":"b"}`, `{"name":{}}`, `[`, "{\"name\":\"\xff\"}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := nameIn(strings.NewReader(body))
		if err != nil {
			if problem.CodeOf(err) != problem.Invalid || got != "" || !utf8.ValidString(problem.MessageOf(err)) {
				t.Errorf("%q: %q, %v", body, got, err)
			}
			return
		}
		var object map[string]*string
		if json.Unmarshal([]byte(body), &object) != nil || len(object) != 1 || object["name"] == nil || *object["name"] != got {
			t.Errorf("%q was taken for the name %q", body, got)
		}
	})
}

func TestIfMatch(t *testing.T) {
	version := func(n int64) *int64 { return &n }
	tests := []struct {
		header string
		want   *int64
		bad    bool
	}{
		{"", nil, false},
		{"*", nil, false},
		{`"3"`, version(3), false},
		{`"0"`, version(0), false},
		{`"9223372036854775807"`, version(9223372036854775807), false},
		{`"9223372036854775808"`, nil, true},
		{"3", nil, true},
		{`"3`, nil, true},
		{`3"`, nil, true},
		{`"`, nil, true},
		{`""`, nil, true},
		{`"x"`, nil, true},
		{`W/"3"`, nil, true},
		{`"3", "4"`, nil, true},
		{`" 3"`, nil, true},
	}
	for _, test := range tests {
		r := httptest.NewRequest(http.MethodPut, "/users/1", nil)
		if test.header != "" {
			r.Header.Set("If-Match", test.header)
		}
		got, err := ifMatch(r)
		if (err != nil) != test.bad || test.bad && problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%s: error %v", test.header, err)
		}
		if (got == nil) != (test.want == nil) || got != nil && *got != *test.want {
			t.Errorf("%s: %v", test.header, got)
		}
	}
	if got, err := ifMatch(&http.Request{Header: http.Header{"If-Match": {etag(12)}}}); err != nil || *got != 12 {
		t.Errorf("what was given is not taken back: %v, %v", got, err)
	}
}

func TestUsers(t *testing.T) {
	s := newSite(t)
	tests := []struct {
		name, target string
		status       int
		body         string // with "": a problem
	}{
		{"one", "/users/1", 200, `{"id_user":"1","name":"John","version":1}`},
		{"unknown", "/users/99", 404, ""},
		{"no number", "/users/John", 404, ""},
		{"another way to write 1", "/users/01", 404, ""},
		{"with a sign", "/users/+1", 404, ""},
		{"zero", "/users/0", 404, ""},
		{"a slash behind it", "/users/1/", 200, `{"id_user":"1","name":"John","version":1}`},
		{"two", "/users?id_user=2,1", 200, `[{"id_user":"1","name":"John","version":1},{"id_user":"2","name":"Mary","version":1}]`},
		{"repeated", "/users?id_user=2&id_user=1&id_user=2", 200, `[{"id_user":"1","name":"John","version":1},{"id_user":"2","name":"Mary","version":1}]`},
		{"with gaps", "/users?id_user=1,,99,", 200, `[{"id_user":"1","name":"John","version":1}]`},
		{"none", "/users?id_user=", 200, `[]`},
		{"an id that nobody has", "/users?id_user=1,foo", 200, `[{"id_user":"1","name":"John","version":1}]`},
		{"what can be no id", "/users?id_user=1,%0a&id_user=%ff", 200, `[{"id_user":"1","name":"John","version":1}]`},
		{"other ways to write a number", "/users?id_user=01&id_user=%2B1&id_user=1.0", 200, `[]`},
		{"too many", "/users?id_user=" + strings.Repeat("1,", 1001), 422, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := s.get(test.target)
			if got.status != test.status {
				t.Fatalf("status %d: %s", got.status, got.body)
			}
			if test.body == "" {
				wantProblem(t, got)
			} else if strings.TrimSpace(got.body) != test.body {
				t.Errorf("body %s", got.body)
			}
		})
	}
	var all []any
	if got := s.get("/users"); json.Unmarshal([]byte(got.body), &all) != nil || len(all) != 10 {
		t.Errorf("all: %s", got.body)
	}
	if got := s.get("/users/1"); got.header.Get("ETag") != `"1"` || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", got.header)
	}
}

func TestRename(t *testing.T) {
	s := newSite(t)
	steps := []struct {
		name, target, body string
		header             []string
		status             int
		version            string // of user 2 afterwards
	}{
		{"rename", "/users/2", `{"name":"Maria"}`, nil, 204, `"2"`},
		{"the same again", "/users/2", `{"name":"Maria"}`, nil, 204, `"2"`},
		{"on condition", "/users/2", `{"name":"Mary"}`, []string{"If-Match", `"2"`}, 204, `"3"`},
		{"on a condition that fails", "/users/2", `{"name":"Maria"}`, []string{"If-Match", `"2"`}, 412, `"3"`},
		{"on no condition", "/users/2", `{"name":"Maria"}`, []string{"If-Match", `*`}, 204, `"4"`},
		{"on nonsense", "/users/2", `{"name":"Mary"}`, []string{"If-Match", `2`}, 422, `"4"`},
		{"unknown", "/users/99", `{"name":"Mary"}`, nil, 404, `"4"`},
		{"empty name", "/users/2", `{"name":" "}`, nil, 422, `"4"`},
		{"unknown field", "/users/2", `{"name":"Mary","id_user":"3"}`, nil, 422, `"4"`},
		{"no JSON", "/users/2", `name=Mary`, nil, 422, `"4"`},
		{"nothing", "/users/2", ``, nil, 422, `"4"`},
		{"endless", "/users/2", `{"name":"` + strings.Repeat("x", longestBody) + `"}`, nil, 413, `"4"`},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			got := s.ask(http.MethodPut, step.target, step.body, step.header...)
			if got.status != step.status {
				t.Fatalf("status %d: %s", got.status, got.body)
			}
			if step.status == 204 && (got.header.Get("ETag") != step.version || got.body != "") {
				t.Errorf("ETag %s, body %q", got.header.Get("ETag"), got.body)
			}
			if step.status >= 400 {
				wantProblem(t, got)
			}
			if now := s.get("/users/2").header.Get("ETag"); now != step.version {
				t.Errorf("now at version %s", now)
			}
		})
	}
}

// wantProblem checks that an error is one that a person and a program understand.
func wantProblem(t *testing.T, got answer) {
	t.Helper()
	var body details
	if got.header.Get("Content-Type") != "application/problem+json" || json.Unmarshal([]byte(got.body), &body) != nil ||
		body.Status != got.status || body.Title == "" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("not a problem: %d %v %s", got.status, got.header, got.body)
	}
}
