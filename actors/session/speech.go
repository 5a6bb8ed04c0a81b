package session

import (
	"time"

	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// Emit sends an event. It does nothing if the client is not in the namespace. The
// name must not be one of the reserved ones, which clients refuse.
func (c *Client) Emit(namespace, name string, p Payload) {
	if c.namespaces.of(namespace) == inside {
		c.emit(namespace, socketio.ID{}, name, p)
	}
}

// EmitAck sends an event and asks the client to acknowledge it by the deadline,
// or whenever it likes if that is the zero time. It calls reply exactly once: with
// what the client answers; with [TimedOut] if it does not; with [Gone] if it leaves
// the namespace, or is not in it, and then before EmitAck returns.
func (c *Client) EmitAck(namespace, name string, p Payload, deadline time.Time, reply func(answer Payload, err error)) {
	if c.namespaces.of(namespace) != inside {
		reply(Payload{}, Gone)
		return
	}
	if c.questions == nil {
		c.questions = new(questions)
	}
	id := c.questions.ask(namespace, deadline, reply)
	c.emit(namespace, socketio.IDOf(id), name, p)
}

func (c *Client) emit(namespace string, id socketio.ID, name string, p Payload) {
	if n := len(p.Attachments); n > 0 {
		c.send(socketio.AppendBinaryEvent(c.prefix(p), namespace, id, n, name, p.Args...), p.Attachments)
		return
	}
	c.upper.Send(socketio.AppendEvent(c.prefix(p), namespace, id, name, p.Args...))
}

// Acknowledge answers an event that wanted it; otherwise, or if the client has
// left the namespace, it does nothing.
func (c *Client) Acknowledge(e Event, p Payload) {
	if !e.ID.Set || c.namespaces.of(e.Namespace) != inside {
		return
	}
	if n := len(p.Attachments); n > 0 {
		c.send(socketio.AppendBinaryAck(c.prefix(p), e.Namespace, e.ID, n, p.Args...), p.Attachments)
		return
	}
	c.upper.Send(socketio.AppendAck(c.prefix(p), e.Namespace, e.ID, p.Args...))
}

// prefix returns the beginning of a frame that carries a Socket.IO packet, with
// room for the payload, so that it need not grow.
func (c *Client) prefix(p Payload) []byte {
	size := 64 // for the head, and the name of the event
	for _, arg := range p.Args {
		size += max(len(arg), len("null")) + len(",")
	}
	return c.engine.AppendText(make([]byte, 0, size), engineio.Packet{Type: engineio.Message})
}

// send sends a packet with attachments, which in Engine.IO 4 are frames as they
// are.
func (c *Client) send(text []byte, attachments [][]byte) {
	if c.engine == engineio.V3 {
		attachments = typed(attachments)
	}
	c.upper.Send(text, attachments...)
}

// typed returns the binary frames of Engine.IO 3, each of which begins with the
// type of the packet.
func typed(attachments [][]byte) [][]byte {
	frames := make([][]byte, len(attachments))
	for i, data := range attachments {
		frame := make([]byte, 0, 1+len(data))
		frames[i] = engineio.V3.AppendBinary(frame, engineio.Packet{Type: engineio.Message, Binary: true, Data: data})
	}
	return frames
}
