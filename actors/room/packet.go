package room

import (
	"encoding/json"
	"sync"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// packet is what a client said, as an event to many clients, maybe with attachments.
// It is made once, when the first needs it: the text is the same in both wire versions,
// the attachments are not. It may be used from any goroutine.
type packet struct {
	name        string
	sender      string // id_socket
	args        []json.RawMessage
	attachments [][]byte
	shared      bool // goes to many

	texts  sync.Once
	text   *outbox.Frame
	v3, v4 attached
}

// attached is the text and the attachments for one wire version.
type attached struct {
	once   sync.Once
	frames []*outbox.Frame
}

// frames returns the frames of the event for a client of that version. They belong
// together: nothing may come between them.
func (p *packet) frames(v engineio.Version) []*outbox.Frame {
	a := &p.v4
	if v == engineio.V3 {
		a = &p.v3
	}
	a.once.Do(func() {
		p.texts.Do(p.makeText)
		a.frames = append(make([]*outbox.Frame, 0, 1+len(p.attachments)), p.text)
		for _, attachment := range p.attachments {
			data := v.AppendBinary(nil, engineio.Packet{Type: engineio.Message, Binary: true, Data: attachment})
			f := p.frame(data)
			f.Binary = true
			a.frames = append(a.frames, f)
		}
	})
	return a.frames
}

func (p *packet) makeText() {
	text := socket.MessagePrefix()
	if n := len(p.attachments); n > 0 {
		text = socketio.AppendBinaryEvent(text, "/", socketio.ID{}, n, p.name, p.args...)
	} else {
		text = socketio.AppendEvent(text, "/", socketio.ID{}, p.name, p.args...)
	}
	p.text = p.frame(text)
}

func (p *packet) frame(data []byte) *outbox.Frame {
	return &outbox.Frame{Data: data, Shared: p.shared, Class: outbox.Message, Sender: p.sender}
}

// AppendRaw appends arguments that came in a message between nodes.
func AppendRaw(args []json.RawMessage, raw [][]byte) []json.RawMessage {
	for _, arg := range raw {
		args = append(args, arg)
	}
	return args
}

// RawOf returns arguments as they go into a message between nodes.
func RawOf(args []json.RawMessage) [][]byte {
	if len(args) == 0 {
		return nil
	}
	raw := make([][]byte, len(args))
	for i, arg := range args {
		raw[i] = arg
	}
	return raw
}
