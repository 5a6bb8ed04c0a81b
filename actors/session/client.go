package session

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// Event is an event from the client.
type Event struct {
	Namespace   string
	Name        string
	Args        []json.RawMessage
	Attachments [][]byte
	ID          socketio.ID // set if the client wants an acknowledgement
}

// Upper is what a Client drives.
type Upper interface {
	// Send queues the contents of one frame.
	Send(data []byte, binary bool)
	// Connect asks for a namespace, with the client's auth payload or nil. It is
	// answered by Accept or Refuse.
	Connect(namespace string, auth json.RawMessage)
	// Event takes an event of a namespace that was accepted.
	Event(e Event)
	// Disconnected says that the client left a namespace.
	Disconnected(namespace string, reason Reason)
	// Close ends the connection. It may be called more than once.
	Close(reason Reason)
}

// Client is the Socket.IO side of one connection: the namespaces that the client
// has joined.
type Client struct {
	engine  engineio.Version
	version socketio.Version
	decoder socketio.Decoder
	upper   Upper

	joined  []string  // namespaces; one, as a rule
	pending []string  // asked for and not answered
	connect time.Time // by when a namespace must have been joined; zero once one was
}

// NewClient returns the conversation of a client that has until deadline to join
// a namespace.
func NewClient(version engineio.Version, upper Upper, deadline time.Time) Client {
	v := socketio.V5
	if version == engineio.V3 {
		v = socketio.V4
	}
	return Client{
		engine: version, version: v, upper: upper, connect: deadline,
		decoder: socketio.Decoder{Version: v, From: socketio.Client},
	}
}

// Open begins the conversation. Protocol 4 has every client join "/" unasked
// (§Difference between v5 and v4).
func (c *Client) Open() {
	if c.version == socketio.V4 {
		c.ask("/", nil)
	}
}

// Due returns when Tick must be called next; the zero time if it need not.
func (c *Client) Due() time.Time { return c.connect }

// Tick closes the connection of a client that has joined nothing in time.
func (c *Client) Tick(now time.Time) {
	if due := c.Due(); !due.IsZero() && !now.Before(due) {
		c.upper.Close(ConnectTimeout)
	}
}

// Message takes one Engine.IO message.
func (c *Client) Message(m engineio.Packet) {
	decode := c.decoder.Text
	if m.Binary {
		decode = c.decoder.Binary
	}
	p, whole, err := decode(m.Data)
	switch {
	case err != nil:
		c.upper.Close(ParseError)
	case whole:
		c.packet(p)
	}
}

func (c *Client) packet(p socketio.Packet) {
	joined := slices.Contains(c.joined, p.Namespace)
	if p.Type == socketio.Connect {
		switch {
		case c.version == socketio.V4 && p.Namespace == "/":
			// It has been there from the beginning.
		case joined || slices.Contains(c.pending, p.Namespace):
			c.upper.Close(ParseError) // CONNECT twice
		default:
			c.ask(p.Namespace, p.Data)
		}
		return
	}
	if !joined {
		c.upper.Close(ParseError) // nothing may precede CONNECT, nor follow DISCONNECT
		return
	}
	switch p.Type {
	case socketio.Disconnect:
		c.joined = slices.DeleteFunc(c.joined, func(ns string) bool { return ns == p.Namespace })
		c.upper.Disconnected(p.Namespace, ClientDisconnect)
	case socketio.Event, socketio.BinaryEvent:
		c.event(p)
	case socketio.Ack, socketio.BinaryAck:
		// Nothing that Rollcall sends asks for an acknowledgement.
	}
}

func (c *Client) event(p socketio.Packet) {
	if p.Data == nil {
		return // a bare "2", which the official server ignores
	}
	name, args, err := p.Event()
	if err != nil {
		c.upper.Close(ParseError)
		return
	}
	c.upper.Event(Event{Namespace: p.Namespace, Name: name, Args: args, Attachments: p.Attachments, ID: p.ID})
}

func (c *Client) ask(namespace string, auth json.RawMessage) {
	c.pending = append(c.pending, namespace)
	c.upper.Connect(namespace, auth)
}

// Accept lets the client into a namespace, under its public socket id.
func (c *Client) Accept(namespace, id string) {
	c.answered(namespace)
	c.joined = append(c.joined, namespace)
	c.connect = time.Time{} // whoever leaves again may stay without one
	c.send(socketio.AppendConnect(c.prefix(), c.version, namespace, id))
}

// Refuse tells the client why it may not join a namespace.
func (c *Client) Refuse(namespace, message string) {
	c.answered(namespace)
	c.send(socketio.AppendConnectError(c.prefix(), c.version, namespace, message, nil))
}

// Acknowledge answers an event that wanted it; otherwise it does nothing.
func (c *Client) Acknowledge(e Event, args ...json.RawMessage) {
	if e.ID.Set {
		c.send(socketio.AppendAck(c.prefix(), e.Namespace, e.ID.N, args...))
	}
}

// Leave ends the client's membership in every namespace, without a word: the
// connection is gone, or about to be.
func (c *Client) Leave(reason Reason) {
	joined := c.joined
	c.joined, c.pending = nil, nil
	for _, namespace := range joined {
		c.upper.Disconnected(namespace, reason)
	}
}

func (c *Client) answered(namespace string) {
	c.pending = slices.DeleteFunc(c.pending, func(ns string) bool { return ns == namespace })
}

// prefix returns the beginning of a frame that carries a Socket.IO packet.
func (c *Client) prefix() []byte {
	return c.engine.AppendText(make([]byte, 0, 64), engineio.Packet{Type: engineio.Message})
}

func (c *Client) send(frame []byte) { c.upper.Send(frame, false) }
