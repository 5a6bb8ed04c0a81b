package main

import (
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// speaker is a client at /socket.io/ that reads one frame after the other.
type speaker struct {
	*websocket.Conn
	t *testing.T
}

func speak(t *testing.T) speaker {
	t.Helper()
	conn, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+serving(t, slow())+"/socket.io/?EIO=4&transport=websocket", nil)
	actorstest.Must(t, err)
	_ = response.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	actorstest.Must(t, conn.SetReadDeadline(time.Now().Add(actorstest.Patience)))
	s := speaker{conn, t}
	s.hears("0{")
	return s
}

func (s speaker) says(text string, attachments ...string) {
	s.t.Helper()
	actorstest.Must(s.t, s.WriteMessage(websocket.TextMessage, []byte(text)))
	for _, a := range attachments {
		actorstest.Must(s.t, s.WriteMessage(websocket.BinaryMessage, []byte(a)))
	}
}

// hears reads a frame for each of the beginnings.
func (s speaker) hears(prefixes ...string) {
	s.t.Helper()
	for _, prefix := range prefixes {
		_, data, err := s.ReadMessage()
		actorstest.Must(s.t, err)
		if !strings.HasPrefix(string(data), prefix) {
			s.t.Fatalf("got %q, want %q", data, prefix)
		}
	}
}

func TestEventsAreEchoed(t *testing.T) {
	s := speak(t)
	s.says("40")
	s.hears(`40{"sid":`, `42["auth",{}]`)
	s.says(`40/custom,{"token":"abc"}`)
	s.hears(`40/custom,{"sid":`, `42/custom,["auth",{"token":"abc"}]`)
	s.says("40/other,")
	s.hears(`44/other,{"message":"Invalid namespace"}`)

	s.says(`42["message",1,"2",{"3":[true]}]`)
	s.hears(`42["message-back",1,"2",{"3":[true]}]`)
	s.says(`452-/custom,["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "\x01\x02", "\x03")
	s.hears(`452-/custom,["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "\x01\x02", "\x03")

	s.says(`42456["message-with-ack",1]`)
	s.hears("43456[1]")
	s.says(`451-789["message-with-ack",{"_placeholder":true,"num":0}]`, "\x04")
	s.hears(`461-789[{"_placeholder":true,"num":0}]`, "\x04")
}
