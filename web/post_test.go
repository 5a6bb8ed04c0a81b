package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos/engineio"
)

// raw is a connection over which a test writes HTTP by hand.
type raw struct {
	*net.TCPConn
	t *testing.T
}

// writes begins a request: its head, and as much of its body as is given.
func (s *echoSite) writes(method, query, body string, length int) *raw {
	s.t.Helper()
	return writes(s.t, s.address, method, "/socket.io/?"+query, body, length)
}

func writes(t *testing.T, address, method, target, body string, length int) *raw {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	actorstest.Must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	actorstest.Must(t, conn.SetDeadline(time.Now().Add(actorstest.Patience)))
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", method, target, address, length, body)
	actorstest.Must(t, err)
	return &raw{conn.(*net.TCPConn), t}
}

// reads returns the answer.
func (r *raw) reads() answer {
	r.t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(r), nil)
	actorstest.Must(r.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	actorstest.Must(r.t, err)
	return answer{response.StatusCode, response.Header, string(text)}
}

// What came of a body that ends too early is not taken, and that is no success.
func TestPostThatIsCutShortEndsTheSession(t *testing.T) {
	s := newEchoSite(t)
	for _, body := range []string{"", "4half", strings.Repeat("4", 99)} {
		p := s.opens("")
		r := s.writes("POST", p.query, body, 100)
		actorstest.Must(t, r.CloseWrite())
		isRefused(t, r.reads(), engineio.BadRequest)
		p.hasEnded()
	}
}

// A client that sends no more may read on: its request is answered, and if that was
// not taken, not with a success.
func TestHalfClosedClientIsAnswered(t *testing.T) {
	s := newEchoSite(t)
	p := s.opens("")
	r := s.writes("POST", p.query, "4whole", 6)
	actorstest.Must(t, r.CloseWrite())
	is(t, r.reads(), http.StatusOK, "ok")
	p.gets("4whole")
	r = s.writes("GET", p.query, "", 0)
	actorstest.Must(t, r.CloseWrite())
	isRefused(t, r.reads(), engineio.BadRequest)
	p.hasEnded()
}

// The second is answered at once, before its body was read; nobody knows which of
// them was to be first.
func TestSecondPostEndsTheSession(t *testing.T) {
	s := newEchoSite(t)
	p := s.opens("")
	first := s.writes("POST", p.query, "4fi", 6)
	var second answer
	actorstest.Eventually(t, "the first to have begun", func() bool {
		// A payload that is too large leaves the session alone, until the first has begun.
		second = p.post("4" + strings.Repeat("x", 100_000))
		return second.status != http.StatusRequestEntityTooLarge
	})
	isRefused(t, second, engineio.BadRequest)
	_, err := io.WriteString(first, "rst")
	actorstest.Must(t, err)
	if got := first.reads(); got.status != http.StatusBadRequest {
		t.Errorf("the first is answered %d %s", got.status, got.body)
	}
	p.hasEnded()
}

// A body that takes too long is answered, in the form of the others, though its
// client is still sending.
func TestSlowPostIsAnswered(t *testing.T) {
	s := newEchoSite(t)
	address := serveWith(t, NewEngine(EngineConfig{Sockets: s.sockets, Logger: slog.New(slog.DiscardHandler), Raw: newEcho, Wire: echoWire()}), nil,
		Timeouts{Request: 200 * time.Millisecond})
	p := s.opens("")
	s.address, p.address = address, address
	r := s.writes("POST", p.query, "4slow", 10_000)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		drip := time.NewTicker(10 * time.Millisecond)
		defer drip.Stop()
		for ctx.Err() == nil {
			if _, err := io.WriteString(r, "x"); err != nil {
				return
			}
			<-drip.C
		}
	}()
	got := r.reads()
	if got.status != http.StatusRequestTimeout || !strings.HasPrefix(got.body, `{"code":3,"message":"The payload took too long`) {
		t.Errorf("answered %d %s", got.status, got.body)
	}
	isRefused(t, p.poll(), engineio.UnknownSession)
}

// The same of every route: silence would be a success.
func TestHalfClosedClientGetsItsAnswer(t *testing.T) {
	rooms := newSite(t)
	c := rooms.connect("Maths", 1)
	for range 20 {
		for path, want := range map[string]string{"/Maths/users": c.id, "/users/1": "id_user", "/readyz": ""} {
			r := writes(t, rooms.address, "GET", path, "", 0)
			actorstest.Must(t, r.CloseWrite())
			if got := r.reads(); got.status != http.StatusOK || !strings.Contains(got.body, want) {
				t.Errorf("%s: %d %q", path, got.status, got.body)
			}
		}
	}
}

// The other routes, too, answer who is too slow, and change nothing.
func TestSlowRenameIsAnswered(t *testing.T) {
	rooms := newSite(t)
	address := serveWith(t, rooms, nil, Timeouts{Request: 100 * time.Millisecond})
	got := writes(t, address, "PUT", "/users/1", `{"name":"Z`, 20).reads()
	if got.status != http.StatusRequestTimeout || !strings.Contains(got.body, "took too long") {
		t.Errorf("answered %d %s", got.status, got.body)
	}
	if user := rooms.get("/users/1"); !strings.Contains(user.body, `"version":1`) {
		t.Errorf("renamed: %s", user.body)
	}
}
