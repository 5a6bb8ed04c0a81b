//go:build unix

package e2e

import (
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Whoever breaks the protocol is sent away with a close code that says so, is in
// no roll any more, and nobody else notices but by that.
func TestBadFramesCloseTheirConnectionOnly(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 2, patientRoll, "--max-payload", "10000"), clients.Start(t)
	for _, test := range []struct {
		name string
		kind int
		says []string
		code int
	}{
		{"an unknown packet type", websocket.TextMessage, []string{"garbage"}, websocket.CloseProtocolError},
		{"a digit that is no type", websocket.TextMessage, []string{"9"}, websocket.CloseProtocolError},
		{"an empty frame", websocket.TextMessage, []string{""}, websocket.CloseProtocolError},
		{"a message without a packet", websocket.TextMessage, []string{"4"}, websocket.CloseProtocolError},
		{"JSON cut short", websocket.TextMessage, []string{`42["identity-change",{`}, websocket.CloseProtocolError},
		{"an event that is no array", websocket.TextMessage, []string{`42{"a":1}`}, websocket.CloseProtocolError},
		{"an event without a name", websocket.TextMessage, []string{`42[]`}, websocket.CloseProtocolError},
		{"an event whose name is no string", websocket.TextMessage, []string{`42[null]`}, websocket.CloseProtocolError},
		{"a reserved event", websocket.TextMessage, []string{`42["connect"]`}, websocket.CloseProtocolError},
		{"another reserved event", websocket.TextMessage, []string{`42["disconnecting",{}]`}, websocket.CloseProtocolError},
		{"CONNECT twice", websocket.TextMessage, []string{"40"}, websocket.CloseProtocolError},
		{"a CONNECT_ERROR from a client", websocket.TextMessage, []string{`44{"message":"x"}`}, websocket.CloseProtocolError},
		{"DISCONNECT with data", websocket.TextMessage, []string{`41{}`}, websocket.CloseProtocolError},
		{"an event after DISCONNECT", websocket.TextMessage, []string{"41", `42["x"]`}, websocket.CloseProtocolError},
		{"an event of a namespace not joined", websocket.TextMessage, []string{`42/other,["x"]`}, websocket.CloseProtocolError},
		{"a ping in the wrong direction", websocket.TextMessage, []string{"2"}, websocket.CloseProtocolError},
		{"text between attachments", websocket.TextMessage, []string{`451-["x",{"_placeholder":true,"num":0}]`, `42["y"]`}, websocket.CloseProtocolError},
		{"a placeholder out of range", websocket.TextMessage, []string{`451-["x",{"_placeholder":true,"num":7}]`, `42["y"]`}, websocket.CloseProtocolError},
		{"attachments beyond measure", websocket.TextMessage, []string{`4599999999999-["x",{"_placeholder":true,"num":0}]`}, websocket.CloseProtocolError},
		{"deep nesting", websocket.TextMessage, []string{`42["x",` + strings.Repeat("[", 9000)}, websocket.CloseProtocolError},
		{"binary that nobody announced", websocket.BinaryMessage, []string{"\x01\x02"}, websocket.CloseProtocolError},
		{"text that is no UTF-8", websocket.TextMessage, []string{"42[\"\xff\"]"}, websocket.CloseInvalidFramePayloadData},
		{"a frame beyond the limit", websocket.TextMessage, []string{`42["x","` + strings.Repeat("x", 10_000) + `"]`}, websocket.CloseMessageTooBig},
	} {
		t.Run(test.name, func(t *testing.T) {
			room := test.name
			witness := attend(t, agent, cluster.Nodes[1], clients.V48, room, "1")
			offender, id := joinRaw(t, cluster.Nodes[0], room, "2")
			hears(t, []*attendee{witness}, "socket-connected", id, "2")
			for _, frame := range test.says {
				offender.write(test.kind, frame)
			}
			if code := offender.closeCode(); code != test.code {
				t.Errorf("close code %d, want %d", code, test.code)
			}
			hears(t, []*attendee{witness}, "socket-disconnected", id, "2")
			mustBeExact(t, cluster.Nodes, room, seats(witness))
			if others := witness.Reports(); len(others) != 4 { // connected, handshake, and the two above
				t.Errorf("the witness saw %v", others)
			}
		})
	}
}

func TestHarmlessFramesAreTakenWithoutEffect(t *testing.T) {
	t.Parallel()
	cluster := harness.Start(t, 1)
	for _, test := range []struct{ name, says, answer string }{
		{"an unknown event", `42["x",1]`, ""},
		{"an event named like an array's property", `42["__proto__",{}]`, ""},
		{"a bare event", "42", ""},
		{"an acknowledgement nobody asked for", "431[]", ""},
		{"a namespace that does not exist", "40/other,", `44/other,{"message":"Invalid namespace"}`},
		{"an identity-change that is no object", `427["identity-change",[1]]`, `437[{"ok":false,`},
		{"an identity-change without payload", `428["identity-change"]`, `438[{"ok":true}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, id := joinRaw(t, cluster.Nodes[0], test.name, "3")
			s.say(test.says)
			s.say(`429["identity-change",{}]`) // what is answered after it shows that it was taken
			if answer := s.next(); test.answer != "" {
				if !strings.HasPrefix(answer, test.answer) {
					t.Errorf("answered %s, want %s", answer, test.answer)
				}
				if marker := s.next(); marker != `439[{"ok":true}]` {
					t.Errorf("then %s", marker)
				}
			} else if answer != `439[{"ok":true}]` {
				t.Errorf("answered %s", answer)
			}
			mustBeExact(t, cluster.Nodes, test.name, map[string]string{id: "3"})
		})
	}
}
