package socketio

import (
	"encoding/json"
	"strconv"
)

// Version is a Socket.IO protocol version. The zero Version behaves as [V5].
type Version int

const (
	V4 Version = 4 // spoken by clients v2, over Engine.IO 3
	V5 Version = 5 // spoken by clients v3 and v4, over Engine.IO 4
)

// Type says what a packet is for. The values are those of the wire, where a
// packet begins with the type as one decimal digit.
type Type byte

const (
	Connect      Type = iota // the client asks for a namespace; the server grants it
	Disconnect               // the sender leaves the namespace; the transport stays
	Event                    // a name and arguments; with an id if an answer is wanted
	Ack                      // the answer to the event with the same id
	ConnectError             // the server refuses a namespace ("error" in version 4)
	BinaryEvent              // an event with attachments
	BinaryAck                // an answer with attachments
)

// String returns the protocol's own word for t.
func (t Type) String() string {
	switch t {
	case Connect:
		return "CONNECT"
	case Disconnect:
		return "DISCONNECT"
	case Event:
		return "EVENT"
	case Ack:
		return "ACK"
	case ConnectError:
		return "CONNECT_ERROR"
	case BinaryEvent:
		return "BINARY_EVENT"
	case BinaryAck:
		return "BINARY_ACK"
	}
	return "unknown"
}

// binary reports whether packets of type t have attachments.
func (t Type) binary() bool { return t == BinaryEvent || t == BinaryAck }

// ID is the acknowledgement id that the sender of an event chose and that the
// answer repeats, digit by digit: a sender may count further than 64 bits do. The
// zero ID is none, which differs from the id 0.
type ID struct {
	Digits []byte // not to be changed: they may be part of a message
	Set    bool   // false: there is none, and no digits
}

// IDOf returns the id that is a number.
func IDOf(n uint64) ID { return ID{Digits: strconv.AppendUint(nil, n, 10), Set: true} }

// Number returns the number that an id is, and false if it is none of 64 bits.
func (id ID) Number() (n uint64, ok bool) {
	if !id.Set {
		return 0, false
	}
	return parseUint(id.Digits)
}

// Packet is one Socket.IO packet.
type Packet struct {
	Type      Type
	Namespace string // such as "/" or "/admin"; empty means "/", but is never decoded
	Query     string // what follows the namespace's question mark; only in version 4
	ID        ID     // of an event that wants an answer, and of the answer

	// Data is the payload as it came: an object (CONNECT, CONNECT_ERROR), a
	// string (CONNECT_ERROR of version 4) or an array (all that is an event or
	// an ack); nil if there is none.
	Data json.RawMessage

	// Oversize is how many bytes an event has of which only the name was read, since it
	// is too long ([Decoder.Longest]); 0 for all others.
	Oversize int

	// Attachments are what the placeholders in Data stand for, by number. Only
	// a BINARY_EVENT and a BINARY_ACK have any, and they have at least one.
	Attachments [][]byte
}
