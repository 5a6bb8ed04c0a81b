package engine

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/web/httpserver"
	"github.com/rollcall/rollcall/web/webtest"
)

// raw is a connection over which a test writes HTTP by hand.
type raw struct{ *webtest.Raw }

// writes begins a request: its head, and as much of its body as is given.
func (s *echoSite) writes(method, query, body string, length int, headers ...string) raw {
	s.t.Helper()
	return raw{webtest.Begin(s.t, s.address, method, "/socket.io/?"+query, body, length, headers...)}
}

// reads returns the answer.
func (r raw) reads() answer {
	status, header, body := r.Raw.Reads()
	return answer{status, header, body}
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
	first := s.writes("POST", p.query, "", 6, "Expect: 100-continue\r\n")
	if got := first.reads(); got.status != http.StatusContinue { // its body is asked for: it has begun
		t.Fatalf("the first is answered %d", got.status)
	}
	isRefused(t, p.post("4second"), engineio.BadRequest)
	_, err := io.WriteString(first, "4first")
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
	engine := New(Config{Sockets: s.sockets, Logger: slog.New(slog.DiscardHandler), Raw: newEcho, Wire: echoWire()})
	address := webtest.Serve(t, httpserver.New(engine, httpserver.Timeouts{Request: 200 * time.Millisecond}, engine.Logger), NewCork)
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
