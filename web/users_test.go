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

// nameIn reads the body of a PUT.
func nameIn(body string) (string, error) {
	edit, err := editOf(httptest.NewRecorder(), httptest.NewRequest(http.MethodPut, "/users/1", strings.NewReader(body)))
	if err != nil || edit.Name == nil {
		return "", err
	}
	return *edit.Name, nil
}

func TestNameIn(t *testing.T) {
	good := map[string]string{
		`{"name":"Mary"}`:              "Mary",
		" {\n\"name\" : \"Mary\" }\n ": "Mary",
		`{"name":""}`:                  "",
		`{"name":"\u0041\n<&>"}`:       "A\n<&>",
		`{"n\u0061me":"Mary"}`:         "Mary",
		`{"name":"` + "🦊" + `"}`:       "🦊",
		`{"name":"\ud83e\udd8a"}`:      "🦊",
		`{"name":"\ufffd"}`:            "\ufffd",
	}
	for body, want := range good {
		if got, err := nameIn(body); got != want || err != nil {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
	bad := []string{
		"", " ", "null", "{}", "[]", `"Mary"`, "1", `{"name":null}`, `{"name":1}`, `{"name":["Mary"]}`,
		`{"name":"Mary","age":3}`, `{"NAME":"Mary"}`, `{"Name":"Mary"}`, `{"age":3}`, `{"name":"Mary"`, `{"name":"Mary"} x`, `{"name":"Mary"}{}`,
		`{name:"Mary"}`, `{"name":"` + "\n" + `"}`, `{"name":"\x"}`, "\xff", `{"":"Mary"}`,
		`{"name":"Mary","name":"Mary"}`, `{"name":"first","name":"second"}`, `{"name":"first","n\u0061me":"second"}`,
		"{\"name\":\"Ros\xe9\"}", "{\"name\":\"\xed\xa0\x80\"}", `{"name":"\ud800"}`, `{"name":"\udd8a\ud83e"}`, `{"name":"\ud83e x"}`,
		"\xef\xbb\xbf{\"name\":\"Mary\"}",
	}
	for _, body := range bad {
		got, err := nameIn(body)
		if problem.CodeOf(err) != problem.Invalid || got != "" || !strings.Contains(problem.MessageOf(err), `{"name": "…"}`) {
			t.Errorf("%q: %q, %v", body, got, err)
		}
		if body == "{}" && !strings.Contains(problem.MessageOf(err), "neither name nor profile") {
			t.Errorf("%s does not say what it lacks: %v", body, err)
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
		got, err := nameIn(body)
		if err != nil {
			if problem.CodeOf(err) != problem.Invalid && problem.CodeOf(err) != problem.TooLarge || got != "" || !utf8.ValidString(problem.MessageOf(err)) {
				t.Errorf("%q: %q, %v", body, got, err)
			}
			return
		}
		var object map[string]*string
		if json.Unmarshal([]byte(body), &object) != nil || len(object) != 1 || object["name"] == nil || *object["name"] != got {
			t.Errorf("%q was taken for the name %q", body, got)
		}
		// Nothing was replaced on the way.
		if strings.Contains(got, "\ufffd") && !strings.Contains(body, "\ufffd") && !strings.Contains(strings.ToLower(body), `\ufffd`) {
			t.Errorf("%q became %q", body, got)
		}
	})
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
		{"badly encoded", "/users?id_user=1&id_user=%zz", 422, ""},
		{"badly encoded, by another name", "/users?promo=50%off&id_user=1", 200, `[{"id_user":"1","name":"John","version":1}]`},
		{"with a semicolon", "/users?id_user=1;2", 200, `[]`},
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
	if got := s.get("/users"); json.Unmarshal([]byte(got.body), &all) != nil || len(all) != 10 || got.header.Get("Link") != "" {
		t.Errorf("all: %s %v", got.body, got.header)
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
		{"on a weak tag", "/users/2", `{"name":"Mary"}`, []string{"If-Match", `W/"4"`}, 204, `"5"`},
		{"on another weak tag", "/users/2", `{"name":"Maria"}`, []string{"If-Match", `W/"4"`}, 412, `"5"`},
		{"on one of several", "/users/2", `{"name":"Maria"}`, []string{"If-Match", `"1", W/"5"`}, 204, `"6"`},
		{"on none of several", "/users/2", `{"name":"Mary"}`, []string{"If-Match", `"1", "7"`}, 412, `"6"`},
		{"on another's tag", "/users/2", `{"name":"Mary"}`, []string{"If-Match", `"06", "x"`}, 412, `"6"`},
		{"unless it is there", "/users/2", `{"name":"Mary"}`, []string{"If-None-Match", `*`}, 412, `"6"`},
		{"unless it is at this version", "/users/2", `{"name":"Mary"}`, []string{"If-None-Match", `"6"`}, 412, `"6"`},
		{"unless it is at another version", "/users/2", `{"name":"Mary"}`, []string{"If-None-Match", `"5"`}, 204, `"7"`},
		{"on any, of nobody", "/users/99", `{"name":"Mary"}`, []string{"If-Match", `*`}, 404, `"7"`},
		{"bytes that are no UTF-8", "/users/2", "{\"name\":\"Ros\xe9\"}", nil, 422, `"7"`},
		{"half a surrogate pair", "/users/2", `{"name":"\ud800"}`, nil, 422, `"7"`},
		{"two names", "/users/2", `{"name":"a","name":"b"}`, nil, 422, `"7"`},
		{"a name that nobody sees", "/users/2", `{"name":"\u200b\u2800\u3164"}`, nil, 422, `"7"`},
		{"a name that turns round", "/users/2", `{"name":"Mary\u202eyraM"}`, nil, 422, `"7"`},
		{"on nonsense", "/users/2", `{"name":"Mary"}`, []string{"If-Match", `2`}, 422, `"7"`},
		{"unknown", "/users/99", `{"name":"Mary"}`, nil, 404, `"7"`},
		{"empty name", "/users/2", `{"name":" "}`, nil, 422, `"7"`},
		{"unknown field", "/users/2", `{"name":"Mary","id_user":"3"}`, nil, 422, `"7"`},
		{"no JSON", "/users/2", `name=Mary`, nil, 422, `"7"`},
		{"nothing", "/users/2", ``, nil, 422, `"7"`},
		{"endless", "/users/2", `{"name":"` + strings.Repeat("x", longestBody) + `"}`, nil, 413, `"7"`},
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
