package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
)

func TestWebsocketOfBothProtocols(t *testing.T) {
	s := newSite(t)
	modern := s.connect("Maths", 1)
	old := s.dial("3", "Maths", 2)
	old.Hear("0{")
	old.Hear(`42["handshake"`)
	modern.Hear(`42["socket-connected"`)
	old.Say("2")
	old.Hear("3")
	old.Say(`420["identity-change",{}]`)
	if got := modern.Hear(`42["identity-change"`); got != `42["identity-change",{"id_user":"2","version":1}]` {
		t.Errorf("got %s", got)
	}
	actorstest.Must(t, old.Close())
	modern.Hear(`42["socket-disconnected"`)
}

func TestRefusalReachesTheClient(t *testing.T) {
	s := newSite(t)
	modern, old := s.dial("4", "Maths", 99), s.dial("3", "Maths", 99)
	modern.Say("40")
	if got := modern.Hear("44"); !strings.Contains(got, "There is no user") {
		t.Errorf("protocol 4: %s", got)
	}
	if got := old.Hear(`44"`); !strings.Contains(got, "There is no user") {
		t.Errorf("protocol 3: %s", got)
	}
}

// The close codes of docs/wire.md, "Websockets".
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
			actorstest.Must(t, c.WriteMessage(test.kind, []byte(test.data)))
			if code := c.Closed(); code != test.want {
				t.Errorf("closed with %d, want %d", code, test.want)
			}
		})
	}
	actorstest.Eventually(t, "all to leave", func() bool { return s.node.Sockets().Count() == 0 })
	if got := s.get("/Maths/users"); got.body != "[]" {
		t.Errorf("still there: %s", got.body)
	}
}

// Whoever has lost its poll has left its room, by the time that others can tell.
func TestCutPollLeavesTheRoom(t *testing.T) {
	s := newSite(t)
	witness := s.connect("Maths", 1)
	polling := "/socket.io/?EIO=4&transport=polling&room=Maths&id_user=2"
	polling += "&sid=" + sidIn(s.get(polling).body)
	s.ask(http.MethodPost, polling, "40")
	var got string
	for !strings.Contains(got, `42["handshake"`) { // no more will come
		got += s.get(polling).body
	}
	id := sidIn(got)
	witness.Hear(`42["socket-connected","` + id)
	if got := s.get("/Maths/users"); !strings.Contains(got.body, id) || !strings.Contains(got.body, witness.id) {
		t.Errorf("not in the roll: %s", got.body)
	}
	ctx, cut := context.WithCancel(t.Context())
	answered := make(chan answer, 1)
	go func() { answered <- s.answer(s.request(http.MethodGet, polling, "").WithContext(ctx)) }()
	cut()
	<-answered
	witness.Hear(`42["socket-disconnected","` + id)
	if got := s.get("/Maths/users"); strings.Contains(got.body, id) || !strings.Contains(got.body, witness.id) {
		t.Errorf("a ghost: %s", got.body)
	}
	if got := s.get(polling); got.status != http.StatusBadRequest || !strings.Contains(got.body, "Session ID unknown") {
		t.Errorf("polling on: %d %s", got.status, got.body)
	}
}

// sidIn returns the first id in what a client was told: of its session, or its socket.
func sidIn(packets string) string {
	_, sid, _ := strings.Cut(packets, `"sid":"`)
	sid, _, _ = strings.Cut(sid, `"`)
	return sid
}
