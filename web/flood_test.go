package web

import (
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
)

func TestAFloodIsCutOff(t *testing.T) {
	s := newSite(t)
	s.engine.(*Engine).Wire.PacketRate = 10
	c := s.connect("Maths", 1)
	for range 40 { // the first twenty are let through; the last may find the connection closed
		if c.WriteMessage(websocket.TextMessage, []byte(`42["x"]`)) != nil {
			break
		}
	}
	if code := c.closed(); code != websocket.ClosePolicyViolation {
		t.Errorf("closed with %d", code)
	}
	sid := s.poll(t)
	answer := s.ask("POST", "/socket.io/?EIO=4&transport=polling&sid="+sid, strings.TrimSuffix(strings.Repeat("42[\"x\"]\x1e", 40), "\x1e"))
	if answer.status != 200 {
		t.Errorf("the post that is too much: %d %s", answer.status, answer.body)
	}
	if answer := s.get("/socket.io/?EIO=4&transport=polling&sid=" + sid); answer.status != 400 {
		t.Errorf("the session lives on: %d %s", answer.status, answer.body)
	}
	actorstest.Eventually(t, "all to leave", func() bool { return s.node.Sockets().Count() == 0 })
}

// poll begins a session that polls, and returns its id.
func (s *site) poll(t *testing.T) string {
	t.Helper()
	open := s.get("/socket.io/?EIO=4&transport=polling&room=Maths&id_user=2")
	_, rest, _ := strings.Cut(open.body, `"sid":"`)
	sid, _, found := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no session: %d %s", open.status, open.body)
	}
	return sid
}

// A message of the greatest length passes; a stream of them does not.
func TestAFloodOfBytesIsCutOff(t *testing.T) {
	s := newSite(t)
	s.engine.(*Engine).Wire.ByteRate = 500 // half of the longest message
	c := s.connect("Maths", 1)
	long := []byte(`42["x","` + strings.Repeat("x", 980) + `"]`)
	actorstest.Must(t, c.WriteMessage(websocket.TextMessage, long))
	for range 10 {
		if c.WriteMessage(websocket.TextMessage, long) != nil {
			break
		}
	}
	if code := c.closed(); code != websocket.ClosePolicyViolation {
		t.Errorf("closed with %d", code)
	}
	actorstest.Eventually(t, "it to leave", func() bool { return s.node.Sockets().Count() == 0 })
}
