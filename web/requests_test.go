package web

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/web/engine"
	"github.com/rollcall/rollcall/web/gate"
	"github.com/rollcall/rollcall/web/httpserver"
	"github.com/rollcall/rollcall/web/webtest"
)

// Whatever is wrong with a request, who sends megabytes with it gets to know.
func TestAnswersToLongRequestsAreRead(t *testing.T) {
	const size = 2_000_000
	s := newSite(t, func(c *Config) { c.Gate = gate.New("sixteen or more characters") })
	for _, test := range []struct {
		method, target string
		status         int
	}{
		{"PUT", "/users/9", http.StatusRequestEntityTooLarge},
		{"PUT", "/users/%0a", http.StatusNotFound},
		{"POST", "/nowhere", http.StatusNotFound},
		{"POST", "/Maths/users", http.StatusMethodNotAllowed},
		{"POST", "/metrics", http.StatusUnauthorized},
		{"GET", "//users", http.StatusUnprocessableEntity},
		{"OPTIONS", "/users", http.StatusNoContent},
	} {
		for _, header := range []string{"Connection: close\r\n", ""} {
			for range 5 { // a reset is a matter of time
				status, err := webtest.SendsAll(t, s.address, test.method, test.target, size, header)
				if err != nil || status != test.status {
					t.Errorf("%s %s with %q: %d, %v", test.method, test.target, header, status, err)
				}
			}
		}
	}
}

func TestAnswersOfTheEngineToLongRequestsAreRead(t *testing.T) {
	s := newSite(t)
	for _, target := range []string{"/socket.io/?EIO=4&transport=polling", "/socket.io/?EIO=9", "/socket.io/?EIO=4&transport=polling&sid=x"} {
		for range 5 {
			status, err := webtest.SendsAll(t, s.address, "POST", target, 2_000_000, "Connection: close\r\n")
			if err != nil || status/100 != 4 {
				t.Errorf("%s: %d, %v", target, status, err)
			}
		}
	}
}

// What is left of a short body does not end its connection.
func TestConnectionsOutliveAnEarlyAnswer(t *testing.T) {
	s := newSite(t)
	conn, err := net.Dial("tcp", s.address)
	actorstest.Must(t, err)
	defer conn.Close()
	actorstest.Must(t, conn.SetDeadline(time.Now().Add(actorstest.Patience)))
	in := bufio.NewReader(conn)
	for range 3 {
		_, err := io.WriteString(conn, "PUT /users/9 HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n"+strings.Repeat(" ", 20_000))
		actorstest.Must(t, err)
		answer, err := http.ReadResponse(in, nil)
		actorstest.Must(t, err)
		_, err = io.Copy(io.Discard, answer.Body)
		actorstest.Must(t, errors.Join(err, answer.Body.Close()))
		if answer.StatusCode != http.StatusRequestEntityTooLarge || answer.Close {
			t.Errorf("%v", answer)
		}
	}
}

// Whoever sends no more may read on, and is answered on every route: silence would be a success.
func TestHalfClosedClientGetsItsAnswer(t *testing.T) {
	rooms := newSite(t)
	c := rooms.connect("Maths", 1)
	for range 20 {
		for path, want := range map[string]string{"/Maths/users": c.id, "/users/1": "id_user", "/readyz": ""} {
			r := webtest.Begin(t, rooms.address, "GET", path, "", 0)
			actorstest.Must(t, r.CloseWrite())
			if status, _, body := r.Reads(); status != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("%s: %d %q", path, status, body)
			}
		}
	}
}

// Who is too slow is answered, and change nothing.
func TestSlowRenameIsAnswered(t *testing.T) {
	rooms := newSite(t)
	address := serve(t, rooms, httpserver.Timeouts{Request: 100 * time.Millisecond}, nil)
	status, _, body := webtest.Begin(t, address, "PUT", "/users/1", `{"name":"Z`, 20).Reads()
	if status != http.StatusRequestTimeout || !strings.Contains(body, "took too long") {
		t.Errorf("answered %d %s", status, body)
	}
	if user := rooms.get("/users/1"); !strings.Contains(user.body, `"version":1`) {
		t.Errorf("renamed: %s", user.body)
	}
}

// What is not ours does no harm; what is ours is named.
func TestMalformedParameters(t *testing.T) {
	s := newSite(t)
	s.Engine.(*engine.Engine).Parameters = []string{"room", "id_user"}
	const opens = "/socket.io/?EIO=4&transport=polling"
	for _, harmless := range []string{"&ua=X11;Linux&room=Maths&id_user=1", "&promo=50%off&room=Maths&id_user=1", "&%zz=%zz"} {
		if got := s.get(opens + harmless); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", harmless, got.status, got.body)
		}
	}
	for target, named := range map[string]string{
		opens + "&room=100%":                       "room",
		opens + "&room=Maths&id_user=%zz":          "id_user",
		opens + "&sid=%":                           "sid",
		"/socket.io/?EIO=%4&transport=polling":     "EIO",
		"/socket.io/?EIO=4&transport=%polling":     "transport",
		"/users?id_user=1%":                        "id_user",
		"/Maths/users?require=%zz":                 "require",
		"/socket.io/?EIO=3&transport=ws&room=100%": "room",
	} {
		got := s.get(target)
		if want := "The query parameter " + named + " is not percent-encoded"; got.status < 400 || got.status > 499 || !strings.Contains(got.body, want) {
			t.Errorf("%s: %d %s", target, got.status, got.body)
		}
	}
	if got := s.get("/users?id_user=1;2"); strings.TrimSpace(got.body) != "[]" { // nobody has that id; Go would drop the parameter, and list everybody
		t.Errorf("an id with a semicolon: %d %s", got.status, got.body)
	}
	if got := s.get("/users?promo=50%off&id_user=1"); got.status != http.StatusOK || strings.Count(got.body, "id_user") != 1 {
		t.Errorf("one user: %d %s", got.status, got.body)
	}
}
