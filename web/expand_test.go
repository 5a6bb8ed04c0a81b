package web

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/gate"
)

// store is [Users] by another name, as that has a method Users.
type store = Users

// watchedUsers is a user store that knows how often it was asked for whom, can be away, and
// lacks a user whose sockets are there nevertheless.
type watchedUsers struct {
	store
	asked  [][]string
	lacks  string
	isAway atomic.Bool
}

func (u *watchedUsers) Users(ctx context.Context, ids []string) ([]identity.User, error) {
	if u.isAway.Load() {
		return nil, problem.New(problem.Unavailable, "the user store is away")
	}
	u.asked = append(u.asked, slices.Sorted(slices.Values(ids)))
	return u.store.Users(ctx, slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == u.lacks }))
}

func TestARollComesWithItsUsers(t *testing.T) {
	store := &watchedUsers{lacks: "3"}
	s := newSite(t, trusting, func(c *Config) { store.store, c.Users = c.Users, store })
	profile := json.RawMessage(`{"avatar":"<a&b>"}`)
	_, err := s.node.Update(t.Context(), "2", identity.Edit{Profile: &profile}, nil)
	actorstest.Must(t, err)
	for _, user := range []int{1, 2, 2, 3} {
		s.connect("Maths", user)
	}
	const users = `{"1":{"name":"John","version":1},"2":{"name":"Mary","profile":{"avatar":"<a&b>"},"version":2}}`
	for _, target := range []string{"/Maths/users", "/api/rooms/Maths/users", "/api/roll?room=Maths"} {
		flat := s.get(target)
		query := "?"
		if strings.Contains(target, "?") {
			query = "&"
		}
		got := s.get(target + query + "expand=user&require=whole")
		var body struct{ Sockets, Users json.RawMessage }
		actorstest.Must(t, json.Unmarshal([]byte(got.body), &body))
		if got.status != 200 || string(body.Sockets) != flat.body || string(body.Users) != users {
			t.Errorf("%s: %d %s\nbeside %s", target, got.status, got.body, flat.body)
		}
		if got.header.Get("Rollcall-Complete") != "true" || got.header.Get("Rollcall-Nodes") != "1/1" || got.header.Get("Content-Type") != "application/json" ||
			got.header.Get("Content-Length") != strconv.Itoa(len(got.body)) || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", target, got.header)
		}
	}
	for _, target := range []string{"/api/rooms/Maths?expand=user", "/api/rooms?room=Maths&expand=user"} {
		got := s.get(target)
		var state roomState
		actorstest.Must(t, json.Unmarshal([]byte(got.body), &state))
		for i := range state.Users {
			state.Users[i].Sockets = nil
		}
		want := []userInRoom{{User: "1", Name: "John", Version: 1}, {User: "2", Name: "Mary", Profile: profile, Version: 2}, {User: "3"}}
		if diff := cmp.Diff(want, state.Users); diff != "" {
			t.Errorf("%s (-want +got):\n%s", target, diff)
		}
	}
	for _, ids := range store.asked {
		if diff := cmp.Diff([]string{"1", "2", "3"}, ids); diff != "" {
			t.Errorf("asked for (-want +got):\n%s", diff)
		}
	}
	if len(store.asked) != 5 {
		t.Errorf("the store was asked %d times by 5 of 8 requests", len(store.asked))
	}
	if got := s.get("/Physics/users?expand=user"); strings.TrimSpace(got.body) != `{"sockets":[],"users":{}}` {
		t.Errorf("an empty room is %s", got.body)
	}
	if got := s.get("/api/rooms/Maths"); strings.Contains(got.body, "name") || strings.Contains(got.body, "version") {
		t.Errorf("unasked: %s", got.body)
	}
	if got := s.get("/Maths/users?expand=users"); got.status != 422 {
		t.Errorf("what cannot be expanded: %d %s", got.status, got.body)
	}
	store.isAway.Store(true)
	for _, target := range []string{"/Maths/users?expand=user", "/api/rooms/Maths?expand=user"} {
		got := s.get(target)
		if wantProblem(t, got); got.status != 503 || got.header.Get("Retry-After") == "" {
			t.Errorf("without the store: %d %s", got.status, got.body)
		}
	}
	if got := s.get("/Maths/users"); got.status != 200 {
		t.Errorf("the roll alone needs no store: %d %s", got.status, got.body)
	}
}

func TestARollOfTooManyUsersIsNotExpanded(t *testing.T) {
	s := newSite(t)
	for users, want := range map[int]problem.Code{mostUsersExpanded: "", mostUsersExpanded + 1: problem.Invalid} {
		entries := []room.Entry{{Socket: "again", User: "0"}}
		for i := range users {
			entries = append(entries, room.Entry{Socket: strconv.Itoa(i), User: strconv.Itoa(i)})
		}
		all, err := s.expand(t.Context(), &room.Roll{Nodes: []room.NodeAnswer{{Entries: entries}}}, new(holding))
		if problem.CodeOf(err) != want || want == "" && len(all.users) != 10 {
			t.Errorf("%d users: %v, %d of them", users, err, len(all.users))
		}
	}
}

func TestProfilesOverHTTP(t *testing.T) {
	const token = "sixteen or more characters"
	s := newSite(t, func(c *Config) { c.Gate = gate.New(token) })
	long := `"` + strings.Repeat("x", identity.LongestProfile) + `"`
	for _, step := range []struct {
		name, method, target, body string
		header                     []string
		status                     int
		code                       problem.Name
		after                      string // what user 2 is then
	}{
		{"a profile alone", "PUT", "/users/2", `{"profile": { "a": [1, 2.0] }}`, nil, 204, "", `{"id_user":"2","name":"Mary","profile":{"a":[1,2.0]},"version":2}`},
		{"the same again", "PUT", "/users/2", `{"profile":{"a":[1,2.0]}}`, nil, 204, "", `{"id_user":"2","name":"Mary","profile":{"a":[1,2.0]},"version":2}`},
		{"a name keeps it", "PUT", "/users/2", `{"name":"Maria"}`, nil, 204, "", `{"id_user":"2","name":"Maria","profile":{"a":[1,2.0]},"version":3}`},
		{"both are one change", "PUT", "/users/2", `{"name":"Mary","profile":"x"}`, []string{"If-Match", `"3"`}, 204, "", `{"id_user":"2","name":"Mary","profile":"x","version":4}`},
		{"on another version", "PUT", "/users/2", `{"profile":1}`, []string{"If-Match", `"3"`}, 412, problem.VersionMismatch, `{"id_user":"2","name":"Mary","profile":"x","version":4}`},
		{"too long", "PUT", "/users/2", `{"name":"Maria","profile":` + long + `}`, nil, 422, problem.BadProfile, `{"id_user":"2","name":"Mary","profile":"x","version":4}`},
		{"a bad name beside it", "PUT", "/users/2", `{"name":" ","profile":1}`, nil, 422, problem.BadName, `{"id_user":"2","name":"Mary","profile":"x","version":4}`},
		{"a name that is none beside it", "PUT", "/users/2", `{"name":null,"profile":1}`, nil, 422, "invalid", `{"id_user":"2","name":"Mary","profile":"x","version":4}`},
		{"neither", "PUT", "/users/2", `{}`, nil, 422, "invalid", `{"id_user":"2","name":"Mary","profile":"x","version":4}`},
		{"null takes it away", "PUT", "/users/2", `{"profile":null}`, nil, 204, "", `{"id_user":"2","name":"Mary","version":5}`},
		{"again", "PUT", "/users/2", `{"profile":null}`, nil, 204, "", `{"id_user":"2","name":"Mary","version":5}`},
		{"added with one", "POST", "/users", `{"id_user":"11","name":"Zoë","profile":{ }}`, nil, 201, "", `{"id_user":"2","name":"Mary","version":5}`},
		{"added with one that is too long", "POST", "/users", `{"id_user":"12","name":"Zoë","profile":` + long + `}`, nil, 422, problem.BadProfile, `{"id_user":"2","name":"Mary","version":5}`},
	} {
		got := s.ask(step.method, step.target, step.body, append([]string{"Authorization", "Bearer " + token}, step.header...)...)
		if got.status != step.status {
			t.Errorf("%s: %d %s", step.name, got.status, got.body)
		}
		if step.code != "" {
			var body details
			if wantProblem(t, got); json.Unmarshal([]byte(got.body), &body) != nil || body.Code != step.code {
				t.Errorf("%s: %s", step.name, got.body)
			}
		}
		if now := strings.TrimSpace(s.get("/users/2").body); now != step.after {
			t.Errorf("%s: it is %s now", step.name, now)
		}
	}
	if got := s.get("/users?id_user=11&id_user=12"); strings.TrimSpace(got.body) != `[{"id_user":"11","name":"Zoë","profile":{},"version":1}]` {
		t.Errorf("added: %s", got.body)
	}
	if got := s.get("/users?cursor=10&limit=1"); strings.TrimSpace(got.body) != `[{"id_user":"11","name":"Zoë","profile":{},"version":1}]` {
		t.Errorf("a page: %s", got.body)
	}
}
