package backend

import (
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// LongestEvent is how many bytes the name of an event may have that a backend emits.
const LongestEvent = 256

// CheckEvent returns what is wrong with the name of an event that is to be emitted, nil if
// nothing is: what Socket.IO or this server gives a meaning of its own no backend may send.
// The error is [problem.Invalid].
func CheckEvent(name string) error {
	switch {
	case name == "" || len(name) > LongestEvent:
		return problem.New(problem.Invalid, "The name of an event has 1 to %d bytes, this one has %d", LongestEvent, len(name)).Named(problem.BadEvent)
	case socketio.IsReserved(name):
		return problem.New(problem.Invalid, "Events named %q are those of Socket.IO itself: take another name", name).Named(problem.BadEvent)
	case isOurs(name):
		return problem.New(problem.Invalid, "Events named %q are sent by Rollcall alone, so that clients can believe them: take another name", name).Named(problem.BadEvent)
	}
	return nil
}

// isOurs reports whether clients are sent events of that name by the server.
func isOurs(name string) bool {
	switch name {
	case "handshake", "socket-connected", "socket-disconnected", "identity-change", "message", "messages-dropped",
		"token-expiring", "closing", "removed":
		return true
	}
	return false
}
