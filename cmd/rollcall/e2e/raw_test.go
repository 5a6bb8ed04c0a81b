//go:build unix

package e2e

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// rawSocket is a websocket without a Socket.IO client, which says whatever a test
// wants it to.
type rawSocket struct {
	*websocket.Conn
	t testing.TB
}

// dialRaw opens a websocket with a query as it is escaped, and takes the
// Engine.IO open packet.
func dialRaw(t testing.TB, node *harness.Node, query string) *rawSocket {
	t.Helper()
	address := "ws://" + node.Addr + "/socket.io/?transport=websocket&" + query
	conn, response, err := websocket.DefaultDialer.Dial(address, nil)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	_ = response.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	s := &rawSocket{conn, t}
	if open := s.next(); !strings.HasPrefix(open, `0{"sid":`) {
		t.Fatalf("the first packet is %q", open)
	}
	return s
}

// joinRaw is a client of protocol 4 that has its handshake, and its id_socket.
func joinRaw(t testing.TB, node *harness.Node, room, user string) (s *rawSocket, id string) {
	t.Helper()
	s = dialRaw(t, node, "EIO=4&room="+url.QueryEscape(room)+"&id_user="+user)
	s.say("40")
	connected := s.next()
	id, ok := strings.CutPrefix(connected, `40{"sid":"`)
	id, closed := strings.CutSuffix(id, `"}`)
	if !ok || !closed {
		t.Fatalf("the answer to CONNECT is %q", connected)
	}
	if greeting := s.next(); !strings.HasPrefix(greeting, `42["handshake",{"procid":"`) {
		t.Fatalf("after CONNECT comes %q", greeting)
	}
	return s, id
}

func (s *rawSocket) say(text string) {
	s.t.Helper()
	s.write(websocket.TextMessage, text)
}

func (s *rawSocket) write(kind int, data string) {
	s.t.Helper()
	if err := s.WriteMessage(kind, []byte(data)); err != nil {
		s.t.Fatal(err)
	}
}

// next returns the next message, other than a ping.
func (s *rawSocket) next() string {
	s.t.Helper()
	text, err := s.read()
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

func (s *rawSocket) read() (string, error) {
	if err := s.SetReadDeadline(time.Now().Add(harness.Patience)); err != nil {
		return "", err
	}
	for {
		_, data, err := s.ReadMessage()
		if text := string(data); err != nil || text != "2" {
			return text, err
		}
	}
}

// closeCode returns the code with which the server closes the connection. What it
// says before that is skipped.
func (s *rawSocket) closeCode() int {
	s.t.Helper()
	for {
		_, err := s.read()
		var closed *websocket.CloseError
		switch {
		case errors.As(err, &closed):
			return closed.Code
		case err != nil:
			s.t.Fatalf("the connection was not closed: %v", err)
		}
	}
}
