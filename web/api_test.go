package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/web/gate"
	"github.com/rollcall/rollcall/web/openapi"
	"github.com/rollcall/rollcall/web/webtest"
)

// withKeys is a server that backends may use.
func withKeys(t *testing.T) *site {
	t.Helper()
	return newSite(t, func(c *Config) { c.Keys = keys(t) })
}

// orders makes a request with the key of all scopes.
func (s *site) orders(method, target, body string, header ...string) answer {
	s.t.Helper()
	return s.ask(method, target, body, append(header, "Authorization", "Bearer "+keySecret("all"))...)
}

// as200 reads an answer, which must be whole.
func as200[T any](t *testing.T, a answer) (v T) {
	t.Helper()
	if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	actorstest.Must(t, json.Unmarshal([]byte(a.body), &v))
	return v
}

// joined connects to a room, and returns the client with its id.
func (s *site) joined(room, user string) (*webtest.Client, string) {
	s.t.Helper()
	c := webtest.Dial(s.t, "ws://"+s.address+"/socket.io/?EIO=4&transport=websocket&room="+room+"&id_user="+user)
	c.Say("40")
	var connect struct{ SID string }
	actorstest.Must(s.t, json.Unmarshal([]byte(c.Hear("40{")[2:]), &connect))
	c.Hear(`42["handshake"`)
	return c, connect.SID
}

// The description is of the routes that there are, and of all of them.
func TestTheDescriptionIsOfAllRoutes(t *testing.T) {
	s := newSite(t)
	var want []string
	for _, row := range s.table() {
		if slices.Contains([]metrics.Route{metrics.Roll, metrics.Users, metrics.API}, row.class) {
			want = append(want, row.method+" "+row.pattern)
		}
	}
	got := s.api.Operations()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-routes +described):\n%s", diff)
	}
	if a := s.get("/api/openapi.json"); a.status != http.StatusOK || a.body != string(openapi.Document()) {
		t.Errorf("%d, %d bytes", a.status, len(a.body))
	}
}

func TestBackendsSeeRoomsAndPresence(t *testing.T) {
	s := withKeys(t)
	_, one := s.joined("Maths", "1")
	s.joined("Maths", "1")
	s.joined("a%2Fb", "2")

	page := as200[pageOfRooms](t, s.orders("GET", "/api/rooms?limit=1", ""))
	want := pageOfRooms{Rooms: []roomCount{{"Maths", 2}}, Next: "Maths", completeness: completeness{Complete: true, Missing: []string{}}}
	if diff := cmp.Diff(want, page, cmp.AllowUnexported(pageOfRooms{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	page = as200[pageOfRooms](t, s.orders("GET", "/api/rooms?limit=1&cursor="+page.Next, ""))
	if len(page.Rooms) != 1 || page.Rooms[0] != (roomCount{"a/b", 1}) || page.Next != "" {
		t.Errorf("the next page is %+v", page)
	}
	if a := s.orders("GET", "/api/rooms?prefix=Ma", ""); strings.TrimSpace(a.body) != `{"rooms":[{"room":"Maths","sockets":2}],"complete":true,"missing":[]}` {
		t.Errorf("of a prefix: %s", a.body)
	}
	if a := s.orders("GET", "/api/rooms?room=Maths", ""); !strings.Contains(a.body, `"counts":{"users":1,"sockets":2,"nodes":1}`) {
		t.Errorf("of one room: %s", a.body)
	}
	if a := s.get("/api/rooms/Maths/count"); strings.TrimSpace(a.body) != `{"room":"Maths","sockets":2,"users":1,"complete":true,"missing":[]}` {
		t.Errorf("count: %s", a.body)
	}
	of := as200[socketsOfUser](t, s.orders("GET", "/api/users/1/sockets", ""))
	if i := slices.IndexFunc(of.Sockets, func(x socketOfUser) bool { return x.Socket == one }); len(of.Sockets) != 2 || i < 0 || of.Sockets[i].Rooms[0] != "Maths" || of.Sockets[i].Node == "" {
		t.Errorf("sockets of a user: %+v", of)
	}
	a := s.orders("POST", "/api/presence", `{"users":["1","2","none"],"rooms":["Maths","a/b","b"]}`)
	if strings.TrimSpace(a.body) != `{"users":{"1":{"sockets":2},"2":{"sockets":1},"none":{"sockets":0}},"rooms":{"Maths":{"sockets":2},"a/b":{"sockets":1},"b":{"sockets":0}},"complete":true,"missing":[]}` {
		t.Errorf("presence: %s", a.body)
	}
}

func TestBackendsEmit(t *testing.T) {
	s := withKeys(t)
	one, id := s.joined("Maths", "1")
	two, _ := s.joined("Maths", "2")
	emits := func(body string, header ...string) int {
		t.Helper()
		return as200[emitted](t, s.orders("POST", "/api/emit", body, header...)).Sockets
	}
	if n := emits(`{"room":"Maths","event":"news","args":[ {"a": "<ü>"} , 2]}`); n != 2 {
		t.Errorf("to %d", n)
	}
	one.Hear(`42["news",{"a":"<ü>"},2]`)
	two.Hear(`42["news",{"a":"<ü>"},2]`)
	if n := emits(`{"id_user":"2","event":"for you"}`); n != 1 {
		t.Errorf("to %d", n)
	}
	two.Hear(`42["for you"]`)
	for range 3 {
		if n := emits(`{"id_socket":"`+id+`","event":"once"}`, "Idempotency-Key", "k-1"); n != 1 {
			t.Errorf("to %d", n)
		}
	}
	emits(`{"id_user":"1","event":"last"}`)
	one.Hear(`42["once"]`)
	if next := one.Hear(`42`); next != `42["last"]` {
		t.Errorf("then it heard %s", next)
	}
	if a := s.orders("POST", "/api/emit", `{"id_socket":"`+id+`","event":"other"}`, "Idempotency-Key", "k-1"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "idempotency_mismatch") {
		t.Errorf("another one with the same key: %d %s", a.status, a.body)
	}
	if a := s.ask("POST", "/api/emit", `{"id_socket":"`+id+`","event":"other"}`, "Idempotency-Key", "k-1", "Authorization", "Bearer "+keySecret("emit")); a.status != http.StatusOK {
		t.Errorf("another backend is in the way: %d %s", a.status, a.body)
	}
}

func TestBackendsClose(t *testing.T) {
	s := withKeys(t)
	for _, target := range []func(id string) string{
		func(id string) string { return "/api/sockets/" + id },
		func(string) string { return "/api/users/1/sockets" },
		func(string) string { return "/api/rooms/Maths/sockets" },
	} {
		c, id := s.joined("Maths", "1")
		if n := as200[closed](t, s.orders("DELETE", target(id), "")); n.Closed != 1 || !n.Complete {
			t.Errorf("%s: %+v", target(id), n)
		}
		if told := c.Hear("42"); !strings.HasPrefix(told, `42["closing",{"code":"closed",`) {
			t.Errorf("it was told %s", told)
		}
		c.Hear("41")
		c.Closed()
		if n := as200[closed](t, s.orders("DELETE", target(id), "")); n.Closed != 0 {
			t.Errorf("%s again: %+v", target(id), n)
		}
	}
	c, id := s.joined("Maths", "1")
	if n := as200[removed](t, s.orders("DELETE", "/api/rooms/Maths/sockets/"+id, "")); n.Removed != 1 {
		t.Errorf("%+v", n)
	}
	c.Hear(`42["removed",{"room":"Maths","code":"removed"}]`)
	if n := as200[removed](t, s.orders("DELETE", "/api/rooms/Maths/sockets/"+id, "")); n.Removed != 0 {
		t.Errorf("again: %+v", n)
	}
}

// What is asked for badly is refused with what is wrong, and reaches nobody.
func TestBadOrdersAreRefused(t *testing.T) {
	s := withKeys(t)
	many := make([]string, 501)
	for i := range many {
		many[i] = fmt.Sprintf("%q", fmt.Sprint(i))
	}
	for _, test := range []struct {
		method, target, body string
		status               int
		says                 string
		header               []string
	}{
		{"DELETE", "/api/sockets/%ff", ``, 422, "valid UTF-8", nil}, // no node could be told
		{"DELETE", "/api/sockets/" + strings.Repeat("x", 300), ``, 422, "at most 255 bytes", nil},
		{"DELETE", "/api/rooms/Maths/sockets/%ff", ``, 422, "valid UTF-8", nil},
		{"GET", "/api/rooms?prefix=%ff", ``, 422, "valid UTF-8", nil},
		{"GET", "/api/rooms?cursor=%ff", ``, 422, "valid UTF-8", nil},
		{"POST", "/api/emit", `{"id_socket":"` + strings.Repeat("x", 300) + `","event":"e"}`, 422, "at most 255 bytes", nil},
		{"POST", "/api/emit", ``, 422, "it is empty", nil},
		{"POST", "/api/emit", `[]`, 422, "it is no JSON object", nil},
		{"POST", "/api/emit", `{"room":"a","event":"e"} 1`, 422, "something follows it", nil},
		{"POST", "/api/emit", `{"room":"a","room":"b","event":"e"}`, 422, `the field \"room\" is there twice`, nil},
		{"POST", "/api/emit", `{"room":"a","event":"e","Args":[]}`, 422, `there is no field \"Args\"`, nil},
		{"POST", "/api/emit", `{"event":"e"}`, 422, "it names 0 of room", nil},
		{"POST", "/api/emit", `{"room":"a","id_user":"1","event":"e"}`, 422, "it names 2 of room", nil},
		{"POST", "/api/emit", `{"room":null,"event":"e"}`, 422, `the field \"room\" is missing, or no text`, nil},
		{"POST", "/api/emit", `{"room":"","event":"e"}`, 422, "bad_room", nil},
		{"POST", "/api/emit", `{"id_user":"","event":"e"}`, 422, "bad_user", nil},
		{"POST", "/api/emit", `{"room":"a"}`, 422, `the field \"event\" is missing`, nil},
		{"POST", "/api/emit", `{"room":"a","event":""}`, 422, "bad_event", nil},
		{"POST", "/api/emit", `{"room":"a","event":"` + strings.Repeat("e", 257) + `"}`, 422, "bad_event", nil},
		{"POST", "/api/emit", `{"room":"a","event":"disconnect"}`, 422, "bad_event", nil},
		{"POST", "/api/emit", `{"room":"a","event":"socket-connected"}`, 422, "bad_event", nil},
		{"POST", "/api/emit", `{"room":"a","event":"e","args":null}`, 422, `the field \"args\" is no list`, nil},
		{"POST", "/api/emit", `{"room":"a","event":"e","args":{}}`, 422, `the field \"args\" is no list`, nil},
		{"POST", "/api/emit", `{"room":"a","event":"e","args":[` + strings.Repeat("0,", 999) + `0]}`, 422, "999 are the most", nil},
		{"POST", "/api/emit", `{"room":"a","event":"e","args":[` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `]}`, 422, "more than 64 deep", nil},
		{"POST", "/api/emit", `{"room":"a","event":"e","args":[1,]}`, 422, "invalid", nil},
		{"POST", "/api/emit", `{"room":"a","event":"e","args":["` + "\xff" + `"]}`, 422, "not valid UTF-8", nil},
		{"POST", "/api/emit", `{"room":"a","event":"e","args":["` + strings.Repeat("x", 64<<10) + `"]}`, 413, "payload_too_large", nil},
		{"POST", "/api/emit", `{"room":"a","event":"e"}`, 422, "bad_idempotency_key", []string{"Idempotency-Key", ""}},
		{"POST", "/api/emit", `{"room":"a","event":"e"}`, 422, "bad_idempotency_key", []string{"Idempotency-Key", "a b"}},
		{"POST", "/api/emit", `{"room":"a","event":"e"}`, 422, "bad_idempotency_key", []string{"Idempotency-Key", "ä"}},
		{"POST", "/api/emit", `{"room":"a","event":"e"}`, 422, "bad_idempotency_key", []string{"Idempotency-Key", strings.Repeat("k", 129)}},
		{"POST", "/api/presence", `{}`, 422, "names 1 to 500", nil},
		{"POST", "/api/presence", `{"users":[]}`, 422, "names 1 to 500", nil},
		{"POST", "/api/presence", `{"users":[` + strings.Join(many, ",") + `]}`, 422, "this one names 501", nil},
		{"POST", "/api/presence", `{"users":"1"}`, 422, `the field \"users\" is no list`, nil},
		{"POST", "/api/presence", `{"users":[1]}`, 422, `number 1 of \"users\" is no text`, nil},
		{"POST", "/api/presence", `{"users":[""]}`, 422, "bad_user", nil},
		{"POST", "/api/presence", `{"rooms":[""]}`, 422, "bad_room", nil},
		{"POST", "/api/presence", `{"user":["1"]}`, 422, `there is no field \"user\"`, nil},
		{"GET", "/api/rooms?limit=0", "", 422, "limit must be 1 to 1000", nil},
		{"GET", "/api/rooms?limit=1001", "", 422, "limit must be 1 to 1000", nil},
		{"GET", "/api/rooms?prefix=" + strings.Repeat("x", 257), "", 422, "prefix may have at most 256 bytes", nil},
		{"GET", "/api/rooms?room=", "", 422, "bad_room", nil},
		{"GET", "/api/emit", "", 405, "method_not_allowed", nil},
	} {
		a := s.orders(test.method, test.target, test.body, test.header...)
		if a.status != test.status || !strings.Contains(a.body, test.says) {
			t.Errorf("%s %s %.60s: %d %s", test.method, test.target, test.body, a.status, a.body)
		}
	}
	a := s.request("POST", "/api/emit", `{"room":"a","event":"e"}`, "Authorization", "Bearer "+keySecret("all"))
	a.Header["Idempotency-Key"] = []string{"a", "b"}
	if got := s.answer(a); got.status != 422 || !strings.Contains(got.body, "bad_idempotency_key") {
		t.Errorf("two keys: %d %s", got.status, got.body)
	}
}

// Without keys it is as it was before there were any: who names no room is told so. Only an
// operator sees all.
func TestWithoutKeysOnlyOperatorsSeeAllRooms(t *testing.T) {
	s := newSite(t, operated(gate.New(adminToken)))
	if a := s.get("/api/rooms"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "bad_room") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.get("/api/rooms", "Authorization", "Bearer "+adminToken); strings.TrimSpace(a.body) != `{"rooms":[],"complete":true,"missing":[]}` {
		t.Errorf("%d %s", a.status, a.body)
	}
}
