package session

import "encoding/json"

// Upper is what a [Client] drives: the connection below, and the application
// above. Its methods may call those of the Client.
type Upper interface {
	// Send queues one packet: the contents of a text frame, and of the binary
	// frames that must follow it without another frame between them.
	Send(text []byte, attachments ...[]byte)
	// Connect asks for a namespace, with the client's auth payload or nil. It is
	// answered by Accept or Refuse, at once or later.
	Connect(namespace string, auth json.RawMessage)
	// Event takes an event of a namespace that was accepted.
	Event(e Event)
	// Disconnected says that the client is no longer in a namespace, or is gone while
	// it waited for the answer to Connect. It is the last that is heard of it: the
	// questions to the client have been answered.
	Disconnected(namespace string, reason Reason)
	// Close ends the connection. It may be called more than once.
	Close(reason Reason)
}
