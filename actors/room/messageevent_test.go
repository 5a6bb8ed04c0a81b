package room

import (
	"testing"

	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// The contract of docs/clients.md, byte by byte.
func TestMessagesAsClientsGetThem(t *testing.T) {
	message := func(args []string, attachments ...string) *protos.RoomMessage {
		m := &protos.RoomMessage{Room: `a"b`, IdSocket: "gQJ3-_AbCdEfGhIjKlMn", IdUser: "7"}
		for _, arg := range args {
			m.Args = append(m.Args, []byte(arg))
		}
		for _, attachment := range attachments {
			m.Attachments = append(m.Attachments, []byte(attachment))
		}
		return m
	}
	const source = `"message",{"room":"a\"b","id_socket":"gQJ3-_AbCdEfGhIjKlMn","id_user":"7"}`
	tests := map[string]struct {
		msg    *protos.RoomMessage
		v4, v3 []string
	}{
		"nothing": {message(nil), []string{`42[` + source + `]`}, nil},
		"JSON":    {message([]string{`{"a": 1e999}`, `"\ud800"`}), []string{`42[` + source + `,{"a": 1e999},"\ud800"]`}, nil},
		"binary": {
			message([]string{`{"_placeholder":true,"num":1}`, `{"num":0,"_placeholder":true}`}, "\x00\xff", ""),
			[]string{`452-[` + source + `,{"_placeholder":true,"num":1},{"num":0,"_placeholder":true}]`, "\x00\xff", ""},
			[]string{`452-[` + source + `,{"_placeholder":true,"num":1},{"num":0,"_placeholder":true}]`, "\x04\x00\xff", "\x04"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.v3 == nil {
				test.v3 = test.v4
			}
			event := newMessageEvent(test.msg, true)
			for version, want := range map[engineio.Version][]string{engineio.V3: test.v3, engineio.V4: test.v4} {
				frames := event.frames(version)
				if len(frames) != len(want) {
					t.Fatalf("%d frames, want %d", len(frames), len(want))
				}
				for i, f := range frames {
					if string(f.Data) != want[i] || f.Binary != (i > 0) || !f.Shared {
						t.Errorf("protocol %d, frame %d: %q, binary %v; want %q", version, i, f.Data, f.Binary, want[i])
					}
				}
				if again := event.frames(version); again[0] != frames[0] || again[len(again)-1] != frames[len(frames)-1] {
					t.Error("made twice")
				}
			}
			if event.frames(engineio.V3)[0] != event.frames(engineio.V4)[0] {
				t.Error("the text was made twice")
			}
		})
	}
}
