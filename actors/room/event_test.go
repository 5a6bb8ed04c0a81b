package room

import (
	"testing"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// What clients are promised, byte by byte.
func TestEventsAsClientsGetThem(t *testing.T) {
	e := Entry{Socket: "gQJ3-_AbCdEfGhIjKlMn", User: "7", Since: 5}
	in := changeOf(protos.RosterChange_CONNECTED, e, 1, 2, true)
	out := changeOf(protos.RosterChange_DISCONNECTED, e, 1, 2, false)
	tests := map[string]struct {
		frame *outbox.Frame
		want  string
	}{
		"handshake":            {Handshake("node-1", "Maths", Position{9007199254740991, 12}), `42["handshake",{"procid":"node-1","room":"Maths","epoch":9007199254740991,"seq":12}]`},
		"handshake, no number": {Handshake(`a"b`, `"<>\`, Position{}), `42["handshake",{"procid":"a\"b","room":"\"<>\\","epoch":0,"seq":0}]`},
		"connected":            {roomEvent("Maths", "node-3", in, Position{4, 5}), `42["socket-connected","gQJ3-_AbCdEfGhIjKlMn",{"id_user":"7","room":"Maths","node":"node-3","since":"1970-01-01T00:00:00.005Z","epoch":4,"seq":5}]`},
		"connected, no number": {roomEvent("Maths", "node-3", in, Position{4, 0}), `42["socket-connected","gQJ3-_AbCdEfGhIjKlMn",{"id_user":"7","room":"Maths","node":"node-3","since":"1970-01-01T00:00:00.005Z"}]`},
		"disconnected":         {roomEvent("Maths", "node-3", out, Position{4, 6}), `42["socket-disconnected","gQJ3-_AbCdEfGhIjKlMn",{"id_user":"7","room":"Maths","epoch":4,"seq":6}]`},
		"identity":             {identityChange("7", 3), `42["identity-change",{"id_user":"7","version":3}]`},
		"relay":                {newRelayEvent(&protos.Relay{Payload: []byte(`{"id_user":"7","version":3,"x":"<>"}`), IdUser: "7", Version: 3, Args: [][]byte{[]byte(`1e999`)}}).frames(engineio.V4)[0], `42["identity-change",{"id_user":"7","version":3,"x":"<>"},1e999]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := string(test.frame.Data); got != test.want || test.frame.Binary {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestAnswersToJoinsAndLeaves(t *testing.T) {
	e := session.Event{Namespace: "/", ID: socketio.IDOf(7)}
	if got := string(socket.AckFrame(e, JoinAnswer(`a"b`, Position{5, 6})).Data); got != `437[{"ok":true,"room":"a\"b","epoch":5,"seq":6}]` {
		t.Errorf("got %s", got)
	}
	if got := string(socket.AckFrame(e, LeaveAnswer("<ä>")).Data); got != `437[{"ok":true,"room":"<ä>"}]` {
		t.Errorf("got %s", got)
	}
	if socket.AckFrame(session.Event{Namespace: "/"}, LeaveAnswer("a")) != nil {
		t.Error("answered a client that wants no answer")
	}
}
