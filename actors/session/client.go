package session

import (
	"encoding/json"
	"time"

	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// Client is the Socket.IO side of one connection: the namespaces that the client
// has joined, what it says there, and what it is told (speech.go).
type Client struct {
	engine  engineio.Version
	version socketio.Version
	decoder socketio.Decoder
	upper   Upper

	namespaces memberships
	connect    time.Time  // by when a namespace must have been joined; zero once one was
	questions  *questions // nil until one is asked
}

// NewClient returns the conversation of a client that has until deadline to join
// a namespace. The attachments of one packet from it may have maxBytes together.
func NewClient(version engineio.Version, maxBytes int, upper Upper, deadline time.Time) Client {
	v := socketio.V5
	if version == engineio.V3 {
		v = socketio.V4
	}
	return Client{
		engine: version, version: v, upper: upper, connect: deadline,
		decoder: socketio.Decoder{Version: v, From: socketio.Client, MaxBytes: maxBytes},
	}
}

// Limit bounds the text of events from the client, by their names: longest returns how
// many bytes one may have.
func (c *Client) Limit(longest func(event []byte) int) { c.decoder.Longest = longest }

// Open begins the conversation. Protocol 4 has every client join "/" unasked
// (§Difference between v5 and v4).
func (c *Client) Open() {
	if c.version == socketio.V4 {
		c.ask("/", nil)
	}
}

// Due returns when Tick must be called next; the zero time if it need not. Each
// call of another method may change it.
func (c *Client) Due() time.Time {
	if c.questions == nil {
		return c.connect
	}
	return earlier(c.connect, c.questions.due)
}

// Tick closes the connection of a client that has joined nothing in time, and
// gives up the questions that it should have answered by now.
func (c *Client) Tick(now time.Time) {
	if !c.connect.IsZero() && !now.Before(c.connect) {
		c.upper.Close(ConnectTimeout)
	}
	if c.questions != nil {
		for _, late := range c.questions.late(now) {
			late.reply(Payload{}, TimedOut)
		}
	}
}

// Held returns how many bytes are held of a packet of the client that is not whole yet.
func (c *Client) Held() int { return c.decoder.Held() }

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
	standing := c.namespaces.of(p.Namespace)
	switch {
	case p.Type == socketio.Connect:
		c.wantsIn(p, standing)
	case standing == expelled:
		// It has not heard of that yet.
	case standing != inside:
		c.upper.Close(ParseError) // nothing may precede CONNECT, nor follow DISCONNECT
	case p.Type == socketio.Disconnect:
		c.namespaces.set(p.Namespace, outside)
		c.ended(p.Namespace, ClientDisconnect)
	case p.Type == socketio.Event || p.Type == socketio.BinaryEvent:
		c.event(p)
	default:
		c.answer(p)
	}
}

func (c *Client) wantsIn(p socketio.Packet, s standing) {
	switch {
	case c.version == socketio.V4 && p.Namespace == "/":
		// It has been there from the beginning, and was told all about it.
	case s == asking || s == inside:
		c.upper.Close(ParseError) // CONNECT twice
	default:
		c.ask(p.Namespace, p.Data)
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
	c.upper.Event(Event{Namespace: p.Namespace, Name: name, Payload: Payload{args, p.Attachments}, ID: p.ID, Oversize: p.Oversize})
}

// answer takes an acknowledgement from the client. One that nobody waits for is
// ignored, as the official server does: it may have come too late.
func (c *Client) answer(p socketio.Packet) {
	id, ok := p.ID.Number()
	if c.questions == nil || !ok {
		return
	}
	if question, found := c.questions.answered(p.Namespace, id); found {
		question.reply(Payload{p.Args(), p.Attachments}, nil)
	}
}

func (c *Client) ask(namespace string, auth json.RawMessage) {
	c.namespaces.set(namespace, asking)
	c.upper.Connect(namespace, auth)
}

// Accept lets the client into a namespace, under its public socket id. It does
// nothing and reports false if the client does not wait for that any more.
func (c *Client) Accept(namespace, id string) bool {
	if c.namespaces.of(namespace) != asking {
		return false
	}
	c.namespaces.set(namespace, inside)
	c.connect = time.Time{} // whoever leaves again may stay without one
	c.upper.Send(socketio.AppendConnect(c.prefix(Payload{}), c.version, namespace, id))
	return true
}

// Refuse tells the client why it may not join a namespace, and that it need not try
// again: official clients do not. data is for programs, may be nil, and does not
// reach clients of protocol 4. It does nothing if the client does not wait for an
// answer any more.
func (c *Client) Refuse(namespace, message string, data json.RawMessage) {
	if c.namespaces.of(namespace) != asking {
		return
	}
	c.namespaces.set(namespace, outside)
	c.upper.Send(socketio.AppendConnectError(c.prefix(Payload{}), c.version, namespace, message, data))
}

// Inside reports whether the client is in a namespace, which it would lose with the
// connection.
func (c *Client) Inside() bool { return c.namespaces.any() }

// Disconnect sends the client out of a namespace. It does nothing if the client
// is not there. The connection stays.
func (c *Client) Disconnect(namespace string) {
	if c.namespaces.of(namespace) != inside {
		return
	}
	c.namespaces.set(namespace, expelled)
	c.upper.Send(socketio.AppendDisconnect(c.prefix(Payload{}), namespace))
	c.ended(namespace, ServerDisconnect)
}

// Leave ends the client's membership in every namespace that it is in or waits for,
// without a word: the connection is gone, or about to be. It must be called in the
// end, so that nobody waits for an answer for ever. It lets go of what it holds: whoever
// drives it may last longer.
func (c *Client) Leave(reason Reason) {
	c.decoder = socketio.Decoder{}
	left := c.namespaces
	c.namespaces = nil
	for _, member := range left {
		if member.standing == inside || member.standing == asking {
			c.ended(member.namespace, reason)
		}
	}
}

// ended follows the end of a membership.
func (c *Client) ended(namespace string, reason Reason) {
	if c.questions != nil {
		for _, open := range c.questions.of(namespace) {
			open.reply(Payload{}, Gone)
		}
	}
	c.upper.Disconnected(namespace, reason)
}
