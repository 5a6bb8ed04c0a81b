package socketio

import "github.com/rollcall/rollcall/protos/problem"

// Fault says why messages from a peer are not Socket.IO, or not what that peer
// may say. Faults are constants, to be compared with ==, and cost nothing to
// return. To the rest of the program each is a [problem.Error] with the code
// [problem.Invalid].
type Fault string

const (
	UnknownType         Fault = "The packet type is unknown"
	BadAttachmentCount  Fault = "The number of attachments is not a positive integer"
	TooManyAttachments  Fault = "The packet has more attachments than allowed"
	NotJSON             Fault = "The payload is not valid JSON"
	BadPayload          Fault = "The payload is not what this type of packet carries"
	NotEvent            Fault = "The packet is not an event with a name"
	ReservedName        Fault = "The name of the event is reserved"
	NotForClients       Fault = "Only a server may send this packet"
	AttachmentsTooLarge Fault = "The attachments of the packet are larger than allowed"
	TooDeep             Fault = "The payload nests deeper than allowed"
	TooManyElements     Fault = "The packet has more arguments than allowed"
	NamespaceTooLong    Fault = "The name of the namespace is longer than allowed"
	IDTooLong           Fault = "The acknowledgement id is longer than allowed"
	BadPlaceholder      Fault = "The placeholders do not match the attachments"
	TextBetween         Fault = "A text message interrupts the attachments of a packet"
	UnexpectedBinary    Fault = "A binary message belongs to no packet"
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
