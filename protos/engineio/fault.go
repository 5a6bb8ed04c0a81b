package engineio

import "github.com/rollcall/rollcall/protos/problem"

// Fault says why bytes from a peer are not Engine.IO. Faults are constants, to
// be compared with ==, and cost nothing to return. To the rest of the program
// each is a [problem.Error] with the code [problem.Invalid].
type Fault string

const (
	NotUTF8        Fault = "The text is not valid UTF-8" // on websocket: close code 1007
	NoPacket       Fault = "A packet is empty"
	UnknownType    Fault = "The packet type is unknown"
	NotBase64      Fault = "The binary packet is not valid base64"
	NotMessage     Fault = "A binary frame of protocol 3 must begin with the message type"
	TooLarge       Fault = "The payload is larger than allowed" // HTTP 413
	TooManyPackets Fault = "The payload has more packets than allowed"
	HasSeparator   Fault = "A text with the record separator U+001E cannot be sent by polling"
	NotHandshake   Fault = "The open packet is not a handshake of this protocol version"
)

// Error returns what a person is told.
func (f Fault) Error() string { return string(f) }

// As lets [errors.As] see f as a [problem.Error].
func (f Fault) As(target any) bool {
	p, ok := target.(**problem.Error)
	if ok {
		*p = problem.New(problem.Invalid, "%s", string(f))
	}
	return ok
}
