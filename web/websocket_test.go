package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/session"
)

// client is a client over a real websocket.
type client struct {
	*websocket.Conn
	t  *testing.T
	id string
}

// target returns the address at which a client joins a room.
func (s *site) target(eio, room string, user int) string {
	query := url.Values{"EIO": {eio}, "transport": {"websocket"}, "room": {room}, "id_user": {fmt.Sprint(user)}}
	return "ws://" + s.address + "/socket.io/?" + query.Encode()
}

func (s *site) dial(eio, room string, user int) *client {
	s.t.Helper()
	conn, answer, err := websocket.DefaultDialer.DialContext(s.t.Context(), s.target(eio, room, user), nil)
	must(s.t, err)
	_ = answer.Body.Close()
	must(s.t, conn.SetReadDeadline(time.Now().Add(patience)))
	s.t.Cleanup(func() { _ = conn.Close() })
	return &client{Conn: conn, t: s.t}
}

// connect joins a room and has got its handshake.
func (s *site) connect(room string, user int) *client {
	s.t.Helper()
	c := s.dial("4", room, user)
	c.say("40")
	var body struct{ SID string }
	must(s.t, json.Unmarshal([]byte(c.hear("40{")[2:]), &body))
	c.id = body.SID
	c.hear(`42["handshake",{"procid":"node-1",`)
	return c
}

func (c *client) say(frames ...string) {
	c.t.Helper()
	for _, f := range frames {
		must(c.t, c.WriteMessage(websocket.TextMessage, []byte(f)))
	}
}

// hear returns the next message that begins so.
func (c *client) hear(prefix string) string {
	c.t.Helper()
	for {
		_, data, err := c.ReadMessage()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v", prefix, err)
		}
		if strings.HasPrefix(string(data), prefix) {
			return string(data)
		}
	}
}

// closed returns with which code the server closes.
func (c *client) closed() int {
	c.t.Helper()
	for {
		_, _, err := c.ReadMessage()
		if err == nil {
			continue
		}
		var e *websocket.CloseError
		if !errors.As(err, &e) {
			c.t.Fatalf("closed without a goodbye: %v", err)
		}
		return e.Code
	}
}

func TestWebsocketOfBothProtocols(t *testing.T) {
	s := newSite(t)
	modern := s.connect("Maths", 1)
	old := s.dial("3", "Maths", 2)
	old.hear("0{")
	old.hear(`42["handshake"`)
	modern.hear(`42["socket-connected"`)
	old.say("2")
	old.hear("3")
	old.say(`420["identity-change",{}]`)
	if got := modern.hear(`42["identity-change"`); got != `42["identity-change",{"id_user":2,"version":1}]` {
		t.Errorf("got %s", got)
	}
	must(t, old.Close())
	modern.hear(`42["socket-disconnected"`)
}

func TestRefusalReachesTheClient(t *testing.T) {
	s := newSite(t)
	modern, old := s.dial("4", "Maths", 99), s.dial("3", "Maths", 99)
	modern.say("40")
	if got := modern.hear("44"); !strings.Contains(got, "There is no user 99") {
		t.Errorf("protocol 4: %s", got)
	}
	if got := old.hear(`44"`); !strings.Contains(got, "There is no user 99") {
		t.Errorf("protocol 3: %s", got)
	}
}

// WIRE.md, rules 10 and 15.
func TestWebsocketIsClosedWith(t *testing.T) {
	s := newSite(t)
	tests := []struct {
		name string
		kind int
		data string
		want int
	}{
		{"garbage", websocket.TextMessage, "garbage", websocket.CloseProtocolError},
		{"empty frame", websocket.TextMessage, "", websocket.CloseProtocolError},
		{"not UTF-8", websocket.TextMessage, "42[\"\xff\"]", websocket.CloseInvalidFramePayloadData},
		{"too large", websocket.TextMessage, "4" + strings.Repeat("x", 1000), websocket.CloseMessageTooBig},
		{"binary out of place", websocket.BinaryMessage, "x", websocket.CloseProtocolError},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := s.connect("Maths", 1)
			must(t, c.WriteMessage(test.kind, []byte(test.data)))
			if code := c.closed(); code != test.want {
				t.Errorf("closed with %d, want %d", code, test.want)
			}
		})
	}
	eventually(t, "all to leave", func() bool { return s.node.Sockets() == 0 })
	if got := s.get("/Maths/users"); got.body != "[]" {
		t.Errorf("still there: %s", got.body)
	}
}

// The size is judged by the frame's header, before its bytes are read.
func TestOversizeIsJudgedByTheHeader(t *testing.T) {
	s := newSite(t)
	c := s.connect("Maths", 1)
	header := []byte{0x81, 0x80 | 127, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}
	_, err := c.NetConn().Write(header)
	must(t, err)
	if code := c.closed(); code != websocket.CloseMessageTooBig {
		t.Errorf("closed with %d", code)
	}
}

func TestShutdownSaysGoodbye(t *testing.T) {
	s := newSite(t)
	c := s.connect("Maths", 1)
	code := make(chan int, 1)
	go func() { code <- c.closed() }()
	must(t, s.node.CloseSockets(t.Context()))
	if got := <-code; got != websocket.CloseGoingAway {
		t.Errorf("closed with %d", got)
	}
}

// Frames may come in the same segment as the upgrade request, and several in one
// (WIRE.md, rule 16).
func TestFramesThatCameWithTheUpgrade(t *testing.T) {
	s := newSite(t)
	for _, cut := range []int{0, 1, 5} { // of the frames, that come later
		var dialer net.Dialer
		conn, err := dialer.DialContext(t.Context(), "tcp", s.address)
		must(t, err)
		must(t, conn.SetDeadline(time.Now().Add(patience)))
		target, err := url.Parse(s.target("4", "Maths", 1))
		must(t, err)
		segment := "GET " + target.RequestURI() + " HTTP/1.1\r\nHost: " + s.address + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
			maskedText("40") + maskedText(`421["identity-change"]`)
		now, later := segment[:len(segment)-cut], segment[len(segment)-cut:]
		_, err = io.WriteString(conn, now)
		must(t, err)
		in := bufio.NewReader(conn)
		answer, err := http.ReadResponse(in, nil)
		must(t, err)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("status %d", answer.StatusCode)
		}
		_, err = io.WriteString(conn, later)
		must(t, err)
		var got bytes.Buffer
		for !strings.Contains(got.String(), `431[{"ok":true}]`) {
			b, err := in.ReadByte()
			if err != nil {
				t.Fatalf("%d bytes later: %v after %q", cut, err, got.String())
			}
			got.WriteByte(b)
		}
		must(t, conn.Close())
	}
}

// maskedText is a short text frame of a client, masked with zeros.
func maskedText(text string) string {
	return string([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}) + text
}

func TestEarlyBytesAreReadFirst(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	go func() {
		_, _ = there.Write([]byte("later"))
		_ = there.Close()
	}()
	c := &earlyConn{Conn: here, early: []byte("early ")}
	if c.NetConn() != here {
		t.Error("not the connection below")
	}
	got, err := io.ReadAll(io.MultiReader(io.LimitReader(c, 3), c))
	if must(t, err); string(got) != "early later" {
		t.Errorf("read %q", got)
	}
}

func TestHijackerWithoutEarlyBytesChangesNothing(t *testing.T) {
	hijacked := make(chan net.Conn, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := hijacker{w}.Hijack()
		if err != nil {
			t.Error(err)
		}
		hijacked <- conn
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	must(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	must(t, err)
	got := <-hijacked
	if _, early := got.(*earlyConn); early {
		t.Error("a connection without early bytes was covered")
	}
	must(t, got.Close())
	if _, _, err := (hijacker{httptest.NewRecorder()}).Hijack(); err == nil {
		t.Error("hijacked what cannot be")
	}
}

// piped is a websocket transport over a spy, and its client's end.
func piped(t *testing.T) (*websocketTransport, *spy, *websocket.Conn) {
	t.Helper()
	accepted := make(chan *websocketTransport, 1)
	spies := make(chan *spy, 1)
	s := &Server{upgrader: newUpgrader(), wire: &actors.Wire{MaxPayload: 1000}, log: quiet()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := HTTPServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := s.upgrade(w, r)
		if err != nil {
			t.Error(err)
			return
		}
		accepted <- ws
	}), quiet())
	served := make(chan error, 1)
	go func() { served <- server.Serve(corking{l, spies}) }()
	conn, answer, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+l.Addr().String(), nil)
	must(t, err)
	_ = answer.Body.Close()
	must(t, conn.SetReadDeadline(time.Now().Add(patience)))
	ws := <-accepted
	t.Cleanup(func() {
		_ = conn.Close()
		_ = ws.conn.Close()
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return ws, <-spies, conn
}

// However many frames there are, and whichever way they are encoded: one write,
// and the client reads each.
func TestManyFramesAreOneWrite(t *testing.T) {
	ws, raw, conn := piped(t)
	before, _ := raw.written()
	var frames []*actors.Frame
	for i := range 50 {
		frames = append(frames, &actors.Frame{Data: fmt.Appendf(nil, "4%d", i), Shared: i%3 == 0, Binary: i%5 == 0})
	}
	must(t, ws.Write(frames))
	if writes, _ := raw.written(); writes != before+1 {
		t.Errorf("%d writes", writes-before)
	}
	must(t, ws.Write(frames[:1]))
	if writes, _ := raw.written(); writes != before+2 {
		t.Errorf("%d writes for one frame", writes-before-1)
	}
	for i, f := range append(frames, frames[0]) {
		kind, data, err := conn.ReadMessage()
		must(t, err)
		if string(data) != string(f.Data) || (kind == websocket.BinaryMessage) != f.Binary {
			t.Errorf("message %d is %q of kind %d", i, data, kind)
		}
	}
	for _, at := range raw.deadlines {
		if at.IsZero() {
			continue // net/http and gorilla lift theirs
		}
		if left := time.Until(at); left < 0 || left > 4*writePatience {
			t.Errorf("deadline in %v", left)
		}
	}
}

func TestSharedFrameIsTheSameForAll(t *testing.T) {
	one, _, first := piped(t)
	two, _, second := piped(t)
	f := &actors.Frame{Data: []byte("4x"), Shared: true}
	must(t, one.Write([]*actors.Frame{f}))
	must(t, two.Write([]*actors.Frame{f, f}))
	for i, conn := range []*websocket.Conn{first, second, second} {
		_, data, err := conn.ReadMessage()
		if must(t, err); string(data) != "4x" {
			t.Errorf("message %d is %q", i, data)
		}
	}
	foreign := &actors.Frame{Data: []byte("4x"), Shared: true}
	foreign.Prepared(func(*actors.Frame) any { return "by another transport" })
	if err := one.Write([]*actors.Frame{foreign}); err == nil {
		t.Error("wrote what another transport had prepared")
	}
}

func TestWriteToAClientThatIsGoneFails(t *testing.T) {
	ws, _, _ := piped(t)
	ws.Close(session.TransportError)
	frames := []*actors.Frame{{Data: []byte("4x")}, {Data: []byte("4y")}}
	if err := ws.Write(frames); err == nil {
		t.Error("two frames were written to a closed connection")
	}
	if err := ws.Write(frames[:1]); err == nil {
		t.Error("a frame was written to a closed connection")
	}
	ws.Close(session.ShuttingDown) // more than once, and whatever comes first
}

func TestCloseTellsTheClientWhy(t *testing.T) {
	tests := map[session.Reason]int{
		session.ShuttingDown:     websocket.CloseGoingAway,
		session.ServerError:      websocket.CloseInternalServerErr,
		session.ParseError:       websocket.CloseProtocolError,
		session.ServerDisconnect: websocket.CloseNormalClosure,
		session.ConnectTimeout:   websocket.CloseNormalClosure,
		session.PingTimeout:      0, // it does not listen: cut off
		session.TransportError:   0,
		session.TransportClose:   0,
	}
	for reason, want := range tests {
		t.Run(string(reason), func(t *testing.T) {
			ws, _, conn := piped(t)
			ws.Close(reason)
			ws.Close(session.ShuttingDown)
			_, _, err := conn.ReadMessage()
			var e *websocket.CloseError
			if code := 0; errors.As(err, &e) && e.Code != websocket.CloseAbnormalClosure {
				code = e.Code
				if code != want || e.Text != string(reason) {
					t.Errorf("closed with %v, want %d", e, want)
				}
			} else if want != 0 {
				t.Errorf("cut off: %v", err)
			}
		})
	}
}

func TestLossOf(t *testing.T) {
	tests := []struct {
		err  error
		want session.Reason
	}{
		{&websocket.CloseError{Code: websocket.CloseNormalClosure}, session.TransportClose},
		{&websocket.CloseError{Code: websocket.CloseGoingAway}, session.TransportClose},
		{websocket.ErrReadLimit, session.ParseError},
		{net.ErrClosed, session.TransportError},
		{io.ErrUnexpectedEOF, session.TransportError},
	}
	for _, test := range tests {
		if got := lossOf(fmt.Errorf("read: %w", test.err)); got != test.want {
			t.Errorf("%v is %q, want %q", test.err, got, test.want)
		}
	}
}
