package actors

import (
	"encoding/json"

	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// messageEvent is a room message as clients get it: an event whose first argument
// says where it comes from, before those of its sender. The text is the same in
// both wire versions, the attachments are not.
type messageEvent struct {
	msg    *protos.RoomMessage
	shared bool // goes to many
	text   *Frame
	v3, v4 []*Frame // the text and the attachments; nil until somebody speaks that version
}

func newMessageEvent(msg *protos.RoomMessage, shared bool) *messageEvent {
	args := make([]json.RawMessage, 0, 1+len(msg.GetArgs()))
	args = append(args, messageSource(msg))
	for _, arg := range msg.GetArgs() {
		args = append(args, arg)
	}
	text := messagePrefix()
	if n := len(msg.GetAttachments()); n > 0 {
		text = socketio.AppendBinaryEvent(text, "/", socketio.ID{}, n, "message", args...)
	} else {
		text = socketio.AppendEvent(text, "/", socketio.ID{}, "message", args...)
	}
	return &messageEvent{msg: msg, shared: shared, text: &Frame{Data: text, Shared: shared}}
}

// messageSource is {"room":"…","id_socket":"…","id_user":"1"}.
func messageSource(msg *protos.RoomMessage) json.RawMessage {
	source := socketio.AppendString([]byte(`{"room":`), msg.GetRoom())
	source = socketio.AppendString(append(source, `,"id_socket":`...), msg.GetIdSocket())
	source = socketio.AppendString(append(source, `,"id_user":`...), msg.GetIdUser())
	return append(source, '}')
}

// frames returns the frames of the event for a client of that version. They belong
// together: nothing may come between them.
func (e *messageEvent) frames(v engineio.Version) []*Frame {
	kept := &e.v4
	if v == engineio.V3 {
		kept = &e.v3
	}
	if *kept == nil {
		frames := make([]*Frame, 0, 1+len(e.msg.GetAttachments()))
		frames = append(frames, e.text)
		for _, attachment := range e.msg.GetAttachments() {
			data := v.AppendBinary(nil, engineio.Packet{Type: engineio.Message, Binary: true, Data: attachment})
			frames = append(frames, &Frame{Data: data, Binary: true, Shared: e.shared})
		}
		*kept = frames
	}
	return *kept
}
