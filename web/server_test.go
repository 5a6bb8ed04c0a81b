package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos/engineio"
)

// Room names are taken from the escaped path and decoded once; fixed routes come
// before rooms.
func TestPathsOfRooms(t *testing.T) {
	s := newSite(t)
	rooms := []string{
		"Maths", "a/b", "a%2Fb", "..", ".", "a b", "a+b", "ü", "🦊", "a?b", "a#b", "a;b", "a&b=c", "users", "ui", "assets", "socket.io",
		"%", "\x00", "\n", "a\\b", "healthz", "api", "rooms", strings.Repeat("x", room.LongestName),
	}
	for _, room := range rooms {
		escaped := url.PathEscape(room)
		c := s.connect(room, 1)
		want := `[{"id_socket":"` + c.id + `","id_user":"1","data":{}}]`
		if got := s.get("/api/rooms/" + escaped + "/users"); got.body != want {
			t.Errorf("room %q: %d %s", room, got.status, got.body)
		}
		if got := s.get("/api/roll?room=" + url.QueryEscape(room)); got.body != want || got.header.Get("Rollcall-Complete") != "true" {
			t.Errorf("room %q as a parameter: %d %s", room, got.status, got.body)
		}
		if got := s.get("/" + escaped + "/users"); got.body == want == slices.Contains([]string{"users", "ui", "assets", "socket.io"}, room) {
			t.Errorf("short form of room %q: %d %s", room, got.status, got.body)
		}
		c.Close()
	}
	bad := []string{
		"//users", "/api/rooms//users", "/api/rooms//", "/%FF/users", "/%C3/users", "/api/rooms/%ED%A0%80/users",
		"/" + strings.Repeat("x", room.LongestName+1) + "/users",
		"/api/roll", "/api/roll?room=", "/api/roll?room=100%", "/api/roll?room=%FF", "/api/roll?room=" + strings.Repeat("x", room.LongestName+1),
	}
	for _, target := range bad {
		got := s.get(target)
		if got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", target, got.status, got.body)
		}
		wantProblem(t, got)
	}
}

func TestRoutes(t *testing.T) {
	s := newSite(t)
	tests := []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", "/", 302, ""},
		{"HEAD", "/", 302, ""},
		{"GET", "/healthz", 200, ""},
		{"GET", "/readyz", 200, ""},
		{"GET", "/users", 200, ""},
		{"HEAD", "/users", 200, ""},
		{"GET", "/ui/Maths", 200, ""},
		{"GET", "/ui/users", 200, ""},
		{"GET", "/ui/%2F", 200, ""},
		{"GET", "/assets/app-1.js", 200, ""},
		{"GET", "/assets/app-2.js", 404, ""},
		{"GET", "/assets/", 404, ""},
		{"GET", "/assets/../index.html", 404, ""},
		{"GET", "/assets/%2e%2e/index.html", 404, ""},
		{"GET", "/Maths/users", 200, ""},
		{"HEAD", "/Maths/users", 200, ""},
		{"GET", "/api/rooms/Maths", 200, ""},
		{"GET", "/api/rooms/Maths/users", 200, ""},
		{"GET", "/Maths/users/", 200, ""},
		{"GET", "/users/", 200, ""},
		{"GET", "/users/1/", 200, ""},
		{"OPTIONS", "/users/1/", 204, "DELETE, GET, HEAD, OPTIONS, PUT"},
		{"GET", "/ui/Maths/", 200, ""},
		{"GET", "/ui/", 404, ""},
		{"GET", "/dash/", 200, ""},
		{"GET", "/healthz/", 200, ""},
		{"GET", "/readyz/", 200, ""},
		{"GET", "/api/rooms/Maths/", 200, ""},
		{"GET", "/api/rooms/Maths/users/", 200, ""},
		{"GET", "/api/rooms/", 422, ""},
		{"GET", "/api/roll?room=Maths", 200, ""},
		{"GET", "/api/roll/?room=Maths", 200, ""},
		{"HEAD", "/api/roll?room=Maths", 200, ""},
		{"GET", "/metrics/", 404, ""}, // off
		{"POST", "/api/roll?room=Maths", 405, "GET, HEAD, OPTIONS"},
		{"GET", "/Maths/users//", 404, ""},
		{"GET", "/Maths", 404, ""},
		{"GET", "/ui", 404, ""},
		{"GET", "/api", 404, ""},
		{"GET", "/api/rooms", 422, ""},
		{"GET", "/api/rooms?room=..", 200, ""},
		{"GET", "/api/rooms/Maths/sockets", 405, "DELETE, OPTIONS"},
		{"GET", "/api/rooms/Maths/nothing", 404, ""},
		{"GET", "/a/b/users", 404, ""},
		{"POST", "/users", 404, ""}, // for operators
		{"DELETE", "/users/1", 404, ""},
		{"PATCH", "/users", 405, "DELETE, GET, HEAD, OPTIONS, POST, PUT"},
		{"PUT", "/users", 404, ""},
		{"PUT", "/users?id_user=1&id_user=2", 404, ""},
		{"PATCH", "/users/1", 405, "DELETE, GET, HEAD, OPTIONS, PUT"},
		{"PUT", "/Maths/users", 405, "GET, HEAD, OPTIONS"},
		{"PATCH", "/", 405, "GET, HEAD, OPTIONS"},
		{"OPTIONS", "/users/1", 204, "DELETE, GET, HEAD, OPTIONS, PUT"},
		{"OPTIONS", "/socket.io/", 204, "GET, OPTIONS, POST"},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.target, func(t *testing.T) {
			got := s.ask(test.method, test.target, "")
			if got.status != test.status || got.header.Get("Allow") != test.allow {
				t.Errorf("%d, Allow %q: %s", got.status, got.header.Get("Allow"), got.body)
			}
			if got.status >= 400 {
				wantProblem(t, got)
			}
		})
	}
}

func TestWhoFindsNothingIsToldWhereTheRoutesAre(t *testing.T) {
	s := newSite(t)
	if got := s.get("/Maths"); got.status != http.StatusNotFound || !strings.Contains(got.body, "nothing at /Maths: /api/openapi.json lists the routes") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// The handshake is refused as the official server does it: docs/wire.md, "Requests".
func TestHandshakesThatAreRefused(t *testing.T) {
	s := newSite(t)
	tests := []struct {
		name, method, query string
		header              []string
		want                engineio.Refusal
	}{
		{"no version", "GET", "transport=websocket", nil, engineio.UnsupportedVersion},
		{"version 2", "GET", "EIO=2&transport=websocket", nil, engineio.UnsupportedVersion},
		{"version 5", "GET", "EIO=5&transport=websocket", nil, engineio.UnsupportedVersion},
		{"version 4.0", "GET", "EIO=4.0&transport=websocket", nil, engineio.UnsupportedVersion},
		{"no transport", "GET", "EIO=4", nil, engineio.UnknownTransport},
		{"strange transport", "GET", "EIO=4&transport=carrier-pigeon", nil, engineio.UnknownTransport},
		{"unknown session", "GET", "EIO=4&transport=websocket&sid=x", nil, engineio.UnknownSession},
		{"method", "POST", "EIO=4&transport=websocket", nil, engineio.BadHandshakeMethod},
		{"origin", "GET", "EIO=4&transport=websocket", []string{"Origin", "https://evil.test"}, engineio.Forbidden},
		{"no upgrade", "GET", "EIO=4&transport=websocket", nil, engineio.BadRequest},
		{"badly encoded query", "GET", "EIO=4&transport=websocket&room=%zz", nil, engineio.BadRequest},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, path := range []string{"/socket.io/", "/socket.io"} {
				got := s.ask(test.method, path+"?"+test.query, "", test.header...)
				want, err := test.want.MarshalJSON()
				actorstest.Must(t, err)
				if got.status != test.want.Status() || strings.TrimSpace(got.body) != string(want) || got.header.Get("Content-Type") != "application/json" {
					t.Errorf("%s: %d %s, want %s", path, got.status, got.body, want)
				}
			}
		})
	}
	if s.node.Sockets().Count() != 0 {
		t.Errorf("%d sockets", s.node.Sockets().Count())
	}
}

func TestPreflight(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Origins = []string{"https://school.test"} })
	for _, target := range []string{"/users/1", "/Maths/users", "/socket.io/"} {
		got := s.ask(http.MethodOptions, target, "", "Origin", "https://school.test", "Access-Control-Request-Method", "PUT")
		if got.status != http.StatusNoContent || got.header.Get("Access-Control-Allow-Origin") != "https://school.test" ||
			got.header.Get("Access-Control-Allow-Methods") == "" || got.header.Get("Access-Control-Allow-Headers") == "" {
			t.Errorf("%s: %d %v", target, got.status, got.header)
		}
	}
	got := s.get("/no/such/route", "Origin", "https://school.test")
	if got.status != http.StatusNotFound || got.header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("an error without CORS headers: %d %v", got.status, got.header)
	}
}

func TestPreflightAllowsTheHeadersThatAreAskedFor(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Origins = []string{"https://school.test"} })
	long := strings.Repeat("x-header,", 1000)
	for _, test := range []struct{ origin, asked, want string }{
		{"https://school.test", "authorization,x-request-id", "authorization,x-request-id"},
		{"https://school.test", long, "Authorization, Content-Type, If-Match, Traceparent"},
		{"https://school.test", "a\r\nb", "Authorization, Content-Type, If-Match, Traceparent"},
		{"https://school.test", "", "Authorization, Content-Type, If-Match, Traceparent"},
		{"https://evil.test", "authorization", ""},
	} {
		for _, target := range []string{"/users/1", "/socket.io/"} {
			got := s.ask(http.MethodOptions, target, "", "Origin", test.origin,
				"Access-Control-Request-Method", "DELETE", "Access-Control-Request-Headers", test.asked)
			if allowed := got.header.Get("Access-Control-Allow-Headers"); allowed != test.want {
				t.Errorf("%s: %.50q allows %q", target, test.asked, allowed)
			}
			if may := strings.Contains(got.header.Get("Access-Control-Allow-Methods"), "DELETE"); may != (test.want != "") {
				t.Errorf("%s: methods %q", target, got.header.Get("Access-Control-Allow-Methods"))
			}
			if vary := got.header.Values("Vary"); !slices.Contains(vary, "Origin") || slices.Contains(vary, "Access-Control-Request-Headers") != (test.want != "") {
				t.Errorf("%s: Vary %q", target, vary)
			}
		}
	}
}
