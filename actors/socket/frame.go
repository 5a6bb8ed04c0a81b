package socket

import (
	"encoding/json"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// What is told to many, or from elsewhere than the socket's actor, is made here. It is the
// same for both wire versions: text messages of namespace "/" are written alike in
// Engine.IO 3 and 4 and in Socket.IO 4 and 5.

// EventFrame returns an event as a frame.
func EventFrame(name string, args ...json.RawMessage) *outbox.Frame {
	return &outbox.Frame{Data: socketio.AppendEvent(MessagePrefix(), "/", socketio.ID{}, name, args...)}
}

// AckFrame returns the acknowledgement of an event as a frame, or nil if the client wants
// none.
func AckFrame(e session.Event, args ...json.RawMessage) *outbox.Frame {
	if !e.ID.Set {
		return nil
	}
	return &outbox.Frame{Data: socketio.AppendAck(MessagePrefix(), e.Namespace, e.ID, args...)}
}

// MessagePrefix returns the beginning of a text frame that carries a Socket.IO packet.
func MessagePrefix() []byte {
	return engineio.V4.AppendText(make([]byte, 0, 128), engineio.Packet{Type: engineio.Message})
}
