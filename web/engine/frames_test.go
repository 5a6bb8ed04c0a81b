package engine

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/web/httpserver"
	"github.com/rollcall/rollcall/web/webtest"
)

// piped is a websocket transport over a spy, and its client's end.
func piped(t *testing.T) (*websocketTransport, *spy, *websocket.Conn) {
	t.Helper()
	accepted := make(chan *websocketTransport, 1)
	spies := make(chan *spy, 1)
	e := New(Config{Wire: socket.Wire{MaxPayload: 1000}})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := e.upgrade(w, r, engineio.V4)
		if err != nil {
			t.Error(err)
			return
		}
		accepted <- ws
	})
	address := webtest.Serve(t, httpserver.New(handler, httpserver.Timeouts{}, slog.New(slog.DiscardHandler)), func(conn net.Conn) net.Conn {
		raw := &spy{Conn: conn}
		spies <- raw
		return NewCork(raw)
	})
	conn := webtest.Dial(t, "ws://"+address).Conn
	ws := <-accepted
	t.Cleanup(func() { _ = ws.conn.Close() })
	return ws, <-spies, conn
}

// However many frames there are, and whichever way they are encoded: one write,
// and the client reads each.
func TestManyFramesAreOneWrite(t *testing.T) {
	ws, raw, conn := piped(t)
	before, _ := raw.written()
	var frames []*outbox.Frame
	for i := range 50 {
		frames = append(frames, &outbox.Frame{Data: fmt.Appendf(nil, "4%d", i), Shared: i%3 == 0, Binary: i%5 == 0})
	}
	actorstest.Must(t, ws.Write(frames))
	if writes, _ := raw.written(); writes != before+1 {
		t.Errorf("%d writes", writes-before)
	}
	actorstest.Must(t, ws.Write(frames[:1]))
	if writes, _ := raw.written(); writes != before+2 {
		t.Errorf("%d writes for one frame", writes-before-1)
	}
	for i, f := range append(frames, frames[0]) {
		kind, data, err := conn.ReadMessage()
		actorstest.Must(t, err)
		if string(data) != string(f.Data) || (kind == websocket.BinaryMessage) != f.Binary {
			t.Errorf("message %d is %q of kind %d", i, data, kind)
		}
	}
	for _, at := range raw.deadlines {
		if at.IsZero() {
			continue // net/http and gorilla lift theirs
		}
		if left := time.Until(at); left < 0 || left > 4*httpserver.WritePatience {
			t.Errorf("deadline in %v", left)
		}
	}
}

func TestSharedFrameIsTheSameForAll(t *testing.T) {
	one, _, first := piped(t)
	two, _, second := piped(t)
	f := &outbox.Frame{Data: []byte("4x"), Shared: true}
	actorstest.Must(t, one.Write([]*outbox.Frame{f}))
	actorstest.Must(t, two.Write([]*outbox.Frame{f, f}))
	for i, conn := range []*websocket.Conn{first, second, second} {
		_, data, err := conn.ReadMessage()
		if actorstest.Must(t, err); string(data) != "4x" {
			t.Errorf("message %d is %q", i, data)
		}
	}
	foreign := &outbox.Frame{Data: []byte("4x"), Shared: true}
	foreign.Prepared(func(*outbox.Frame) any { return "by another transport" })
	if err := one.Write([]*outbox.Frame{foreign}); err == nil {
		t.Error("wrote what another transport had prepared")
	}
}

func TestWriteToAClientThatIsGoneFails(t *testing.T) {
	ws, _, _ := piped(t)
	ws.Close(session.TransportError)
	frames := []*outbox.Frame{{Data: []byte("4x")}, {Data: []byte("4y")}}
	if err := ws.Write(frames); err == nil {
		t.Error("two frames were written to a closed connection")
	}
	if err := ws.Write(frames[:1]); err == nil {
		t.Error("a frame was written to a closed connection")
	}
	ws.Close(session.ShuttingDown) // more than once, and whatever comes first
}
