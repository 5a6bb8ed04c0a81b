package socket

import (
	"encoding/json"
	"time"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
)

// Transport carries the packets of one socket.
type Transport interface {
	// Write sends frames in order, in one system call if it can. It is called by
	// the socket's actor only; an error ends the socket.
	Write(frames []*outbox.Frame) error
	// Close ends the transport and tells the client why, as far as the transport
	// can. It may be called from any goroutine, and more than once.
	Close(reason session.Reason)
}

// Paced is a transport that stops reading while its client is ahead of its limits.
type Paced interface {
	// HeldUntil returns until when it did not read, now if it does not; the zero time
	// if that never was so. It may be called from any goroutine.
	HeldUntil(now time.Time) time.Time
}

// Application is what sockets carry. There is one value for each socket; its
// methods are called by the socket's actor, one after the other, and must not take
// long: see [Socket.Await].
type Application interface {
	// Connect decides whether the client may join a namespace, and calls answer with
	// that, at once or later, on the socket's actor. The message of an error is for
	// the client (see package problem).
	Connect(s *Socket, namespace string, auth json.RawMessage, answer func(error))
	// Connected is called when the client has been told that it joined.
	Connected(s *Socket, namespace string)
	// Event takes an event from the client.
	Event(s *Socket, e session.Event)
	// Disconnected is called when the client has left a namespace, or is gone, also
	// while it waits for the answer to Connect.
	Disconnected(s *Socket, namespace string, reason session.Reason)
	// Message takes what else the node's actors have to say to the socket.
	Message(s *Socket, msg any)
}

// Wire says how sockets behave on the wire.
type Wire struct {
	Heartbeat      session.Heartbeat
	ConnectTimeout time.Duration // how long a client may take to join a namespace
	MaxPayload     int           // bytes of one message from a client
	Limits         quota.Limits  // of what a client may cause; its Longest is MaxPayload

	// LongestEvent returns how many bytes an event from a client may have, by its name;
	// nil for any number. What has more is refused without a look into it.
	LongestEvent func(event []byte) int

	Outbound int // bytes of presence that may wait for a client, and as many of messages
}

// Opening is a connection that is to become a socket.
type Opening struct {
	Version     engineio.Version
	Transport   Transport // nil for a client that polls
	Upgrades    []string  // transports that the client may change to
	Application Application
	Wire        *Wire  // shared by many
	Site        string // who shares the memory for what is begun, as an address; see [quota.Partials]

	// Raw makes the conversation of a socket that carries bare Engine.IO messages,
	// and has no Application. It is nil for Socket.IO.
	Raw func(*Socket) Conversation

	// Admitted, if not nil, is called once: when the client has joined its first
	// namespace, or has ended without one. With Raw it is at once.
	Admitted func()
	// Ended, if not nil, is called once when the socket has ended.
	Ended func()
}

// Conversation is what the messages of one Engine.IO session are about. Its
// methods are called by the socket's actor.
type Conversation interface {
	Open()                     // the client has had the open packet
	Message(m engineio.Packet) // from the client
	Due() time.Time            // when Tick must be called next; zero if it need not
	Tick(now time.Time)
	Leave(reason session.Reason) // the session is over
}

var _ Conversation = (*session.Client)(nil)
