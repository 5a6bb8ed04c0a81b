package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/web/gate"
)

func TestUsersAreAddedAndRemoved(t *testing.T) {
	const token = "sixteen or more characters"
	s := newSite(t, func(c *Config) { c.Gate = gate.New(token) })
	steps := []struct {
		name, method, target, body string
		header                     []string
		status                     int
		etag, location             string
	}{
		{"add", "POST", "/users", `{"id_user":"ann@example.com","name":" Ann "}`, nil, 201, `"1"`, "/users/ann@example.com"},
		{"see", "GET", "/users/ann@example.com", ``, nil, 200, `"1"`, ""},
		{"add again", "POST", "/users", `{"id_user":"ann@example.com","name":"Ann"}`, nil, 409, "", ""},
		{"remove another version", "DELETE", "/users/ann@example.com", ``, []string{"If-Match", `"2"`}, 412, "", ""},
		{"remove on nonsense", "DELETE", "/users/ann@example.com", ``, []string{"If-Match", `2`}, 422, "", ""},
		{"remove", "DELETE", "/users/ann@example.com", ``, []string{"If-Match", `"2", W/"1"`}, 204, "", ""},
		{"remove again", "DELETE", "/users/ann@example.com", ``, nil, 404, "", ""},
		{"remove nobody on any version", "DELETE", "/users/ann@example.com", ``, []string{"If-Match", `*`}, 404, "", ""},
		{"see nobody", "GET", "/users/ann@example.com", ``, nil, 404, "", ""},
		{"rename nobody", "PUT", "/users/ann@example.com", `{"name":"Anna"}`, nil, 404, "", ""},
		{"add once more", "POST", "/users", `{"name":"Ann","id_user":"ann@example.com"}`, nil, 201, `"3"`, "/users/ann@example.com"},
		{"rename on a condition of before", "PUT", "/users/ann@example.com", `{"name":"Anna"}`, []string{"If-Match", `"1"`}, 412, "", ""},
		{"an id with all there is", "POST", "/users", `{"id_user":"a/b?c#%d é","name":"Ann"}`, nil, 201, `"1"`, "/users/a%2Fb%3Fc%23%25d%20%C3%A9"},
		{"which leads there", "GET", "/users/a%2Fb%3Fc%23%25d%20%C3%A9", ``, nil, 200, `"1"`, ""},
		{"an id that is no step in a path", "POST", "/users", `{"id_user":"..","name":"Ann"}`, nil, 201, `"1"`, "/users?id_user=.."},
		{"which leads there, too", "GET", "/users?id_user=..", ``, nil, 200, "", ""},
		{"renamed there", "PUT", "/users?id_user=..", `{"name":"Anna"}`, nil, 204, `"2"`, ""},
		{"removed there", "DELETE", "/users?id_user=..", ``, nil, 204, "", ""},
		{"and gone", "DELETE", "/users?id_user=..", ``, nil, 404, "", ""},
		{"what can be no id", "POST", "/users", `{"id_user":"","name":"Ann"}`, nil, 422, "", ""},
		{"an id of two lines", "POST", "/users", `{"id_user":"a\nb","name":"Ann"}`, nil, 422, "", ""},
		{"half a surrogate pair as an id", "POST", "/users", `{"id_user":"\ud800","name":"Ann"}`, nil, 422, "", ""},
		{"bytes as an id", "POST", "/users", "{\"id_user\":\"\xe9\",\"name\":\"Ann\"}", nil, 422, "", ""},
		{"a number as an id", "POST", "/users", `{"id_user":11,"name":"Ann"}`, nil, 422, "", ""},
		{"two ids", "POST", "/users", `{"id_user":"11","id_user":"12","name":"Ann"}`, nil, 422, "", ""},
		{"what can be no name", "POST", "/users", `{"id_user":"11","name":"\u3164"}`, nil, 422, "", ""},
		{"no name", "POST", "/users", `{"id_user":"11"}`, nil, 422, "", ""},
		{"more than that", "POST", "/users", `{"id_user":"11","name":"Ann","version":7}`, nil, 422, "", ""},
		{"nothing", "POST", "/users", ``, nil, 422, "", ""},
		{"for a page that has no token", "POST", "/users", `{"id_user":"11","name":"Ann"}`, []string{"Authorization", ""}, 401, "", ""},
		{"for our own page", "POST", "/users", `{"id_user":"11","name":"Ann"}`, []string{"Origin", "http://localhost:5009"}, 201, `"1"`, "/users/11"},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			got := s.ask(step.method, step.target, step.body, append([]string{"Authorization", "Bearer " + token}, step.header...)...)
			if got.status != step.status || got.header.Get("ETag") != step.etag || got.header.Get("Location") != step.location {
				t.Errorf("%d, ETag %s, Location %s: %s", got.status, got.header.Get("ETag"), got.header.Get("Location"), got.body)
			}
			if step.status >= 400 {
				wantProblem(t, got)
			}
		})
	}
	var ids []string
	for _, u := range users(t, s.get("/users")) {
		ids = append(ids, u.ID)
	}
	if want := "1 10 11 2 3 4 5 6 7 8 9 a/b?c#%d é ann@example.com"; strings.Join(ids, " ") != want {
		t.Errorf("users %q, want %q", ids, want)
	}
}

func TestUsersAreChangedByOperatorsOnly(t *testing.T) {
	const token = "sixteen or more characters"
	off, locked := newSite(t), newSite(t, func(c *Config) { c.Gate, c.Origins = gate.New(token), []string{"*"} })
	for _, request := range [][3]string{{"POST", "/users", `{"id_user":"11","name":"Ann"}`}, {"DELETE", "/users/2", ""}} {
		got := off.ask(request[0], request[1], request[2], "Authorization", "Bearer "+token)
		if wantProblem(t, got); got.status != 404 || !strings.Contains(got.body, "--admin-token") {
			t.Errorf("off: %s: %d %s", request, got.status, got.body)
		}
		for _, header := range []string{"", "Bearer x", "Basic " + token} {
			got := locked.ask(request[0], request[1], request[2], "Authorization", header)
			if wantProblem(t, got); got.status != 401 || got.header.Get("WWW-Authenticate") == "" {
				t.Errorf("locked: %s with %q: %d %s", request, header, got.status, got.body)
			}
		}
		got = locked.ask(request[0], request[1], request[2], "Authorization", "Bearer "+token)
		if got.status >= 300 || got.header.Get("Vary") == "" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("with the token: %s: %d %v %s", request, got.status, got.header, got.body)
		}
	}
	// Everybody may still read, and rename.
	if got := locked.get("/users"); got.status != 200 {
		t.Errorf("list: %d", got.status)
	}
	if got := locked.ask(http.MethodPut, "/users/3", `{"name":"Michael"}`); got.status != 204 {
		t.Errorf("rename: %d", got.status)
	}
	preflight := locked.ask(http.MethodOptions, "/users/3", "", "Origin", "https://elsewhere.example", "Access-Control-Request-Method", "DELETE")
	if !strings.Contains(preflight.header.Get("Access-Control-Allow-Methods"), "DELETE") {
		t.Errorf("preflight %v", preflight.header)
	}
}

// users returns the users in an answer.
func users(t *testing.T, got answer) []identity.User {
	t.Helper()
	if got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	var list []identity.User
	actorstest.Must(t, json.Unmarshal([]byte(got.body), &list))
	return list
}

func TestUsersComeInPages(t *testing.T) {
	s := newSite(t)
	want := []string{"1", "10", "2", "3", "4", "5", "6", "7", "8", "9"}
	for _, id := range []string{"a&b=c", `q"><script>`, "x y+z", "é", "100%", "日本"} {
		_, err := s.node.Add(t.Context(), id, "Somebody", nil)
		actorstest.Must(t, err)
		want = append(want, id)
	}
	slices.Sort(want)
	link := regexp.MustCompile(`^<(/users\?cursor=[^<>"&]+&limit=[0-9]+)>; rel="next"$`)
	for _, limit := range []string{"1", "3", "15"} {
		var got []string
		for target := "/users?limit=" + limit; target != ""; {
			page := s.get(target)
			list := users(t, page)
			for _, u := range list {
				got = append(got, u.ID)
			}
			target = ""
			if next := page.header.Get("Link"); next != "" {
				found := link.FindStringSubmatch(next)
				if found == nil || len(list) == 0 || len(got) > len(want) {
					t.Fatalf("after %q: Link %q", got, next)
				}
				target = found[1]
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %s: %q, want %q", limit, got, want)
		}
	}
	if got := users(t, s.get("/users?limit=1000")); len(got) != len(want) {
		t.Errorf("%d users", len(got))
	}
	if got := users(t, s.get("/users?cursor="+url.QueryEscape("7b"))); len(got) != 7 { // of somebody who may be gone
		t.Errorf("%d users behind it", len(got))
	}
	if got := s.get("/users?cursor=" + url.QueryEscape("日本")); strings.TrimSpace(got.body) != "[]" {
		t.Errorf("behind the last: %s", got.body)
	}
	for _, query := range []string{
		"limit=0", "limit=-1", "limit=1001", "limit=", "limit=x", "limit=1.5", "limit=%31%", "limit=99999999999999999999",
		"cursor=%0a", "cursor=%ff", "cursor=100%", "cursor=" + strings.Repeat("x", 256),
	} {
		if got := s.get("/users?" + query); got.status != 422 {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		} else {
			wantProblem(t, got)
		}
	}
}
