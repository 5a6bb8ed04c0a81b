package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
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
	actorstest.Must(s.t, err)
	_ = answer.Body.Close()
	actorstest.Must(s.t, conn.SetReadDeadline(time.Now().Add(actorstest.Patience)))
	s.t.Cleanup(func() { _ = conn.Close() })
	return &client{Conn: conn, t: s.t}
}

// connect joins a room and has got its handshake.
func (s *site) connect(room string, user int) *client {
	s.t.Helper()
	c := s.dial("4", room, user)
	c.say("40")
	var body struct{ SID string }
	actorstest.Must(s.t, json.Unmarshal([]byte(c.hear("40{")[2:]), &body))
	c.id = body.SID
	c.hear(`42["handshake",{"procid":"node-1",`)
	return c
}

func (c *client) say(frames ...string) {
	c.t.Helper()
	for _, f := range frames {
		actorstest.Must(c.t, c.WriteMessage(websocket.TextMessage, []byte(f)))
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
