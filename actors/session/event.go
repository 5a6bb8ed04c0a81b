package session

import (
	"encoding/json"

	"github.com/rollcall/rollcall/protos/socketio"
)

// Payload is what an event or an acknowledgement carries. Neither it nor what it
// refers to may be changed once it was handed over.
type Payload struct {
	Args []json.RawMessage // valid JSON; nil stands for null

	// Attachments are the bytes that the placeholders in Args stand for, by
	// number: {"_placeholder":true,"num":0} is the first. Each has exactly one;
	// what a client sends has been checked. See [socketio.Placeholder].
	Attachments [][]byte
}

// Event is an event from the client.
type Event struct {
	Namespace string
	Name      string
	Payload
	ID socketio.ID // set if the client wants an acknowledgement

	// Oversize is how many bytes it has, if it is too long: then its arguments were not
	// read. Otherwise 0.
	Oversize int
}
