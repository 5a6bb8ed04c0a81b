package actors

import (
	"encoding/json"

	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// packet is an event to many clients, maybe with attachments. The text is the same in
// both wire versions, the attachments are not.
type packet struct {
	attachments [][]byte
	shared      bool // goes to many
	text        *Frame
	v3, v4      []*Frame // the text and the attachments; nil until somebody speaks that version
}

func newPacket(name string, args []json.RawMessage, attachments [][]byte, shared bool) *packet {
	text := messagePrefix()
	if n := len(attachments); n > 0 {
		text = socketio.AppendBinaryEvent(text, "/", socketio.ID{}, n, name, args...)
	} else {
		text = socketio.AppendEvent(text, "/", socketio.ID{}, name, args...)
	}
	return &packet{attachments: attachments, shared: shared, text: &Frame{Data: text, Shared: shared}}
}

// frames returns the frames of the event for a client of that version. They belong
// together: nothing may come between them.
func (p *packet) frames(v engineio.Version) []*Frame {
	kept := &p.v4
	if v == engineio.V3 {
		kept = &p.v3
	}
	if *kept == nil {
		frames := make([]*Frame, 0, 1+len(p.attachments))
		frames = append(frames, p.text)
		for _, attachment := range p.attachments {
			data := v.AppendBinary(nil, engineio.Packet{Type: engineio.Message, Binary: true, Data: attachment})
			frames = append(frames, &Frame{Data: data, Binary: true, Shared: p.shared})
		}
		*kept = frames
	}
	return *kept
}

// appendRaw appends arguments that came in a message between nodes.
func appendRaw(args []json.RawMessage, raw [][]byte) []json.RawMessage {
	for _, arg := range raw {
		args = append(args, arg)
	}
	return args
}

// rawOf returns arguments as they go into a message between nodes.
func rawOf(args []json.RawMessage) [][]byte {
	if len(args) == 0 {
		return nil
	}
	raw := make([][]byte, len(args))
	for i, arg := range args {
		raw[i] = arg
	}
	return raw
}
