package actors

import (
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// closing tells a client why its connection is closed, and closes it. Official clients come
// back by themselves: with another token if they can.
func closing(s *socket.Socket, reason session.Reason, why error) {
	s.Push(closingEvent(why))
	s.Close(reason)
}

// sendOff closes a connection for good, and tells its client why.
func sendOff(s *socket.Socket) {
	why := problem.New(problem.Forbidden, "The server's owner has closed this connection").Named(problem.SentAway)
	s.SendOff("/", closingEvent(why), session.ServerDisconnect)
}

// closingEvent is the event closing {code, error}: the last that a client hears.
func closingEvent(why error) *outbox.Frame {
	arg := socketio.AppendString([]byte(`{"code":`), string(problem.NameOf(why)))
	arg = socketio.AppendString(append(arg, `,"error":`...), problem.MessageOf(why))
	return socket.EventFrame("closing", append(arg, '}'))
}
