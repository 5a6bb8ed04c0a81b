package room

import (
	"encoding/json"

	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/socketio"
)

// newMessageEvent returns a room message as clients get it: an event whose first
// argument says where it comes from, before those of its sender.
func newMessageEvent(msg *protos.RoomMessage, shared bool) *packet {
	args := append(make([]json.RawMessage, 0, 1+len(msg.GetArgs())), messageSource(msg))
	return &packet{
		name: "message", sender: msg.GetIdSocket(), args: AppendRaw(args, msg.GetArgs()),
		attachments: msg.GetAttachments(), shared: shared,
	}
}

// messageSource is {"room":"…","id_socket":"…","id_user":"1"}.
func messageSource(msg *protos.RoomMessage) json.RawMessage {
	source := socketio.AppendString([]byte(`{"room":`), msg.GetRoom())
	source = socketio.AppendString(append(source, `,"id_socket":`...), msg.GetIdSocket())
	source = socketio.AppendString(append(source, `,"id_user":`...), msg.GetIdUser())
	return append(source, '}')
}
