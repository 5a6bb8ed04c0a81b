package webtest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
)

func TestAnswersAreHeldToTheDescription(t *testing.T) {
	api, err := NewAPI(t.Context())
	actorstest.Must(t, err)
	const roll, fault = `[{"id_socket":"a","id_user":"1","data":{}}]`, `{"title":"no","status":404,"code":"not_found"}`
	for _, test := range []struct {
		method, path string
		status       int
		body         string
		good         bool
	}{
		{"GET", "/Maths/users", 200, roll, true},
		{"GET", "/Maths/users/", 200, roll, true},
		{"GET", "/a%2Fb/users", 200, `[]`, true},
		{"GET", "/Maths/users", 200, `[{"id_socket":"a","id_user":1,"data":{}}]`, false},
		{"GET", "/Maths/users", 200, `[{"id_socket":"a","id_user":"1","data":{},"more":1}]`, false},
		{"GET", "/Maths/users", 200, `{}`, false},
		{"GET", "/Maths/users", 200, `[`, false},
		{"HEAD", "/Maths/users", 200, ``, true},
		{"PATCH", "/Maths/users", 405, `?`, true},
		{"GET", "/users/users", 200, `{"id_user":"users","name":"a","version":1}`, true},
		{"GET", "/users/users", 200, roll, false},
		{"GET", "/users/1", 404, fault, true},
		{"GET", "/users/1", 404, `{"title":"no"}`, false},
		{"DELETE", "/users/1", 204, ``, true},
		{"GET", "/api/rooms", 200, `{"rooms":[{"room":"a","sockets":1}],"complete":true,"missing":[]}`, true},
		{"GET", "/api/rooms", 200, `{"rooms":[{"room":"a","sockets":0}],"complete":true,"missing":[]}`, false},
		{"GET", "/api/rooms", 200, `{"rooms":null,"complete":true,"missing":[]}`, false},
		{"GET", "/api/rooms", 200, `{"rooms":[],"complete":true,"missing":null}`, false},
		{"POST", "/api/emit", 200, `{"sockets":1,"complete":false,"missing":["b"],"lost":["c"]}`, true},
		{"POST", "/api/emit", 200, `{"sockets":1}`, false},
		{"GET", "/nothing", 200, `?`, true},
		{"GET", "/", 200, `?`, true},
	} {
		header := http.Header{"Content-Type": {"application/json"}}
		if test.status >= 400 {
			header.Set("Content-Type", "application/problem+json")
		}
		err := api.Check(httptest.NewRequest(test.method, test.path, strings.NewReader("")), test.status, header, []byte(test.body))
		if (err == nil) != test.good {
			t.Errorf("%s %s: %d %s: %v", test.method, test.path, test.status, test.body, err)
		}
	}
	header := http.Header{"Content-Type": {"text/html"}}
	if api.Check(httptest.NewRequest("GET", "/Maths/users", nil), 200, header, []byte(roll)) == nil {
		t.Error("a page is as good as JSON")
	}
}

func BenchmarkCheckOfAnAnswer(b *testing.B) {
	api, err := NewAPI(b.Context())
	actorstest.Must(b, err)
	r := httptest.NewRequest("GET", "/Maths/users", nil)
	header, body := http.Header{"Content-Type": {"application/json"}}, []byte(`[{"id_socket":"a","id_user":"1","data":{}}]`)
	for b.Loop() {
		if err := api.Check(r, 200, header, body); err != nil {
			b.Fatal(err)
		}
	}
}
