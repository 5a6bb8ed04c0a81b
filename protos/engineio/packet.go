package engineio

// Type says what a packet is for. The values are those of the wire, where a
// text frame begins with the type as one decimal digit.
type Type byte

const (
	Open    Type = iota // the server's first packet; see [Handshake]
	Close               // the sender gives the session up
	Ping                // heartbeat; also "2probe" on a transport to be upgraded to
	Pong                // the answer to a ping, with the ping's data
	Message             // what the layer above says
	Upgrade             // the client is done with its old transport
	Noop                // lets a pending poll return with nothing to say
)

// String returns the protocol's own word for t.
func (t Type) String() string {
	switch t {
	case Open:
		return "open"
	case Close:
		return "close"
	case Ping:
		return "ping"
	case Pong:
		return "pong"
	case Message:
		return "message"
	case Upgrade:
		return "upgrade"
	case Noop:
		return "noop"
	}
	return "unknown"
}

// Packet is one Engine.IO packet.
type Packet struct {
	Type   Type
	Binary bool   // Data is bytes, not text; only ever true for a [Message]
	Data   []byte // what follows the type; UTF-8 unless Binary; may be empty
}
