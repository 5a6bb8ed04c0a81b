package socketio

import (
	"encoding/json"
	"testing"
)

// The texts are those of socket.io-parser 3.4 (version 4) and 4.2 (version 5).
func TestPacketsAreAppended(t *testing.T) {
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	tests := []struct {
		name string
		got  []byte
		want string
	}{
		{"connect v5", AppendConnect(nil, V5, "/", "a-b"), `0{"sid":"a-b"}`},
		{"connect v5, namespace", AppendConnect(nil, V5, "/x", "a"), `0/x,{"sid":"a"}`},
		{"connect v4", AppendConnect(nil, V4, "/", "a"), `0`},
		{"connect v4, namespace", AppendConnect(nil, V4, "/x", "a"), `0/x,`},
		{"refusal v5", AppendConnectError(nil, V5, "/", `no "x"`, nil), `4{"message":"no \"x\""}`},
		{"refusal v5, data", AppendConnectError(nil, V5, "/x", "no", raw(`{"a":1}`)), `4/x,{"message":"no","data":{"a":1}}`},
		{"refusal v4", AppendConnectError(nil, V4, "/", "no\n", raw(`{"a":1}`)), `4"no\n"`},
		{"refusal v4, namespace", AppendConnectError(nil, V4, "/x", "no", nil), `4/x,"no"`},
		{"disconnect", AppendDisconnect(nil, "/"), `1`},
		{"disconnect, namespace", AppendDisconnect(nil, "/x"), `1/x,`},
		{"event", AppendEvent(nil, "/", ID{}, "x"), `2["x"]`},
		{"event in no namespace", AppendEvent(nil, "", ID{}, "x"), `2["x"]`},
		{"event with id", AppendEvent(nil, "/x", id(0), "y", raw(`1`), raw(`"<>&"`)), `2/x,0["y",1,"<>&"]`},
		{"event with nil", AppendEvent(nil, "/", ID{}, "x", nil, raw(`{}`)), `2["x",null,{}]`},
		{"event with a strange name", AppendEvent(nil, "/", ID{}, "a\"\\\x00\xff\u2028"), `2["a\"\\\u0000` + "\ufffd\u2028" + `"]`},
		{"ack", AppendAck(nil, "/", id(7)), `37[]`},
		{"ack with arguments", AppendAck(nil, "/x", id(7), raw(`1`), nil, raw(`"a"`)), `3/x,7[1,null,"a"]`},
		{"binary event", AppendBinaryEvent(nil, "/x", id(7), 2, "y", Placeholder(0), Placeholder(1)),
			`52-/x,7["y",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`},
		{"binary ack", AppendBinaryAck(nil, "/", id(7), 1, Placeholder(0)), `61-7[{"_placeholder":true,"num":0}]`},
		{"behind a prefix", AppendEvent([]byte("4"), "/", ID{}, "x"), `42["x"]`},
		{"query", Packet{Namespace: "/", Query: "a=1"}.Append(nil), `0/?a=1,`},
		{"query of a namespace", Packet{Namespace: "/x", Query: "a=1"}.Append(nil), `0/x?a=1,`},
	}
	for _, test := range tests {
		if string(test.got) != test.want {
			t.Errorf("%s: %s, want %s", test.name, test.got, test.want)
		}
	}
}

// Append appends the text of any packet, to see that it is read as it was. Attachments
// follow it as binary messages.
func (p Packet) Append(dst []byte) []byte {
	dst = appendHead(dst, p.Type, len(p.Attachments), p.Namespace, p.Query, p.ID)
	return append(dst, p.Data...)
}

func TestWhatTheServerSaysIsUnderstood(t *testing.T) {
	for _, v := range []Version{V4, V5} {
		d := Decoder{Version: v, From: Server}
		for _, text := range [][]byte{
			AppendConnect(nil, v, "/", "a"),
			AppendConnectError(nil, v, "/x", "\xff\"", json.RawMessage(`[]`)),
			AppendDisconnect(nil, "/"),
			AppendEvent(nil, "/", id(1), "\x00é", nil),
			AppendAck(nil, "/", id(1)),
		} {
			if p, whole, err := d.Text(text); !whole || err != nil || string(p.Append(nil)) != string(text) {
				t.Errorf("version %d: %s became %+v, %v, %v", v, text, p, whole, err)
			}
		}
	}
}

func TestAppendingToABufferDoesNotAllocate(t *testing.T) {
	buffer := make([]byte, 0, 256)
	arg := json.RawMessage(`{"id_user":"7","version":12}`)
	if n := allocations(func() {
		buffer = AppendEvent(buffer[:0], "/", ID{}, "identity-change", arg)
	}); n != 0 {
		t.Errorf("%v allocations per event, want none", n)
	}
}
