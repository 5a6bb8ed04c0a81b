package engineio

import (
	"net/http"
	"strconv"
)

// Refusal is why an HTTP request was refused: one of the six error codes that
// Engine.IO clients know, with the messages of the official server. It is an
// error.
type Refusal int

const (
	UnknownTransport   Refusal = iota // "transport" is neither polling nor websocket
	UnknownSession                    // "sid" names no session here or anywhere
	BadHandshakeMethod                // a handshake is a GET
	BadRequest                        // anything else that is wrong
	Forbidden                         // the server does not want this client
	UnsupportedVersion                // "EIO" is not a version that is served
)

// Error returns the official message, such as "Session ID unknown".
func (r Refusal) Error() string {
	switch r {
	case UnknownTransport:
		return "Transport unknown"
	case UnknownSession:
		return "Session ID unknown"
	case BadHandshakeMethod:
		return "Bad handshake method"
	case Forbidden:
		return "Forbidden"
	case UnsupportedVersion:
		return "Unsupported protocol version"
	}
	return "Bad request"
}

// Status returns the HTTP status: 403 for [Forbidden], otherwise 400.
func (r Refusal) Status() int {
	if r == Forbidden {
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

// MarshalJSON returns the body of the response: {"code":1,"message":"Session ID unknown"}.
func (r Refusal) MarshalJSON() ([]byte, error) {
	body := strconv.AppendInt([]byte(`{"code":`), int64(r), 10)
	body = append(body, `,"message":"`...)
	body = append(body, r.Error()...)
	return append(body, `"}`...), nil
}
