// Package problem holds the one error type that crosses layers of Rollcall.
//
// A lower layer says what went wrong with a [Code] and a message that a person
// understands; an edge (HTTP, Socket.IO, the command line) maps the code to its
// own form and prints the message. Everything else is an internal error, whose
// text is logged and never shown to a client.
package problem

import (
	"errors"
	"fmt"
)

// Code says which kind of thing went wrong. Edges map it, never the message. What is said
// of each here is in docs/reference/errors.md, with the HTTP status of package web.
type Code string

const (
	Invalid      Code = "invalid"           // the input can never be accepted
	TooLarge     Code = "payload_too_large" // the input is longer than is ever accepted
	TooSlow      Code = "request_timeout"   // the input took too long to arrive
	Unauthorized Code = "unauthorized"      // the caller has not shown that it may
	Forbidden    Code = "forbidden"         // not from where the caller comes
	Misdirected  Code = "misdirected"       // the caller has addressed another server
	NotFound     Code = "not_found"         // what the input names does not exist
	Conflict     Code = "conflict"          // the state moved on since the caller read it
	Exists       Code = "exists"            // there is one already, and it was left as it is
	RateLimited  Code = "rate_limited"      // too much at once from one client or address: try again in a second
	Unavailable  Code = "unavailable"       // try again later, nothing was changed
	Internal     Code = "internal"          // our fault
)

// Name says to programs what exactly went wrong, where its [Code] leaves that open.
// Clients see it as `code`. These comments are in docs/reference/errors.md, too.
type Name string

const (
	BadUser          Name = "bad_user"           // no text can be such an id_user
	UnknownUser      Name = "unknown_user"       // nobody has this id_user
	UserExists       Name = "user_exists"        // somebody has this id_user
	BadName          Name = "bad_name"           // a user cannot be named that
	BadProfile       Name = "bad_profile"        // no user can have that profile
	VersionMismatch  Name = "version_mismatch"   // the user is at another version
	BadRoom          Name = "bad_room"           // no room can be named that
	NotInRoom        Name = "not_in_room"        // the socket is not in that room
	TooManyRooms     Name = "too_many_rooms"     // the socket is in as many rooms as it may
	RoomFull         Name = "room_full"          // the room has as many sockets as it may
	BadArguments     Name = "bad_arguments"      // of an event
	UnknownEvent     Name = "unknown_event"      // nobody takes events of that name
	MessagesOff      Name = "messages_off"       // the server carries no messages
	MessageTooLong   Name = "message_too_long"   // it has more bytes than one may have
	Overloaded       Name = "overloaded"         // what waits already must go first
	MethodNotAllowed Name = "method_not_allowed" // the route has no such method
	TLSRequired      Name = "tls_required"       // plain HTTP is not answered
	NotConfirmed     Name = "not_confirmed"      // a node did not say that it took a message
	TokenRequired    Name = "token_required"     // no token was shown
	BadToken         Name = "bad_token"          // the token is not one that this server believes
	TokenExpired     Name = "token_expired"      // the token held once: get a new one
	TokenRevoked     Name = "token_revoked"      // tokens of this user that were issued so early are refused
	OtherUser        Name = "other_user"         // the token is of another user than the socket, or than is spoken of
	NoRight          Name = "no_right"           // the token, or the key, does not give the right to that

	BadEvent            Name = "bad_event"            // no backend can emit an event of that name
	BadIdempotencyKey   Name = "bad_idempotency_key"  // it is too long, or has other characters than visible ASCII
	IdempotencyMismatch Name = "idempotency_mismatch" // the key was used for another emit
	SentAway            Name = "closed"               // a backend has closed the socket: the event closing says so
)

// Error is an error with a code for programs and a message for people.
type Error struct {
	Code    Code
	Name    Name   // "" if there is nothing to say beside the code
	Message string // says what is wrong and what to do; never empty
	cause   error
}

// New returns an error with a message formatted as by [fmt.Sprintf].
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an error that hides cause behind a message for people.
// The cause stays reachable by [errors.Is] and [errors.As], and in Error.
func Wrap(cause error, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), cause: cause}
}

// Named says what exactly went wrong, and returns e.
func (e *Error) Named(name Name) *Error {
	e.Name = name
	return e
}

// Error returns the message and, for logs, its cause.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.cause.Error()
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf returns the code of the first [Error] in err's chain, [Internal] for
// any other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// NameOf returns the name of the first [Error] in err's chain, or else its code:
// what programs are told.
func NameOf(err error) Name {
	var e *Error
	if errors.As(err, &e) && e.Name != "" {
		return e.Name
	}
	return Name(CodeOf(err))
}

// MessageOf returns what a client may be told about err.
func MessageOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "Something went wrong on our side; the log has the details."
}
