package socket

import (
	"encoding/json"
	"log/slog"
	"time"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// Acknowledge answers an event, if the client wants an answer. This and what
// follows is for the application, on the socket's actor.
func (s *Socket) Acknowledge(e session.Event, args ...json.RawMessage) {
	s.client.Acknowledge(e, session.Payload{Args: args})
}

// Refuse answers an event with what is wrong, if the client wants an answer:
// {"ok":false,"error":"…","code":"…"}.
func (s *Socket) Refuse(e session.Event, why error) { s.Acknowledge(e, Acknowledgement(why)) }

// Acknowledgement is {"ok":true}, or {"ok":false,"error":"…","code":"…"}.
func Acknowledgement(failure error) json.RawMessage {
	if failure == nil {
		return json.RawMessage(`{"ok":true}`)
	}
	ack := socketio.AppendString([]byte(`{"ok":false,"error":`), problem.MessageOf(failure))
	ack = socketio.AppendString(append(ack, `,"code":`...), string(problem.NameOf(failure)))
	return append(ack, '}')
}

// AcknowledgeAll is Acknowledge with attachments.
func (s *Socket) AcknowledgeAll(e session.Event, p session.Payload) { s.client.Acknowledge(e, p) }

// Emit sends an event to the client, if it is in the namespace.
func (s *Socket) Emit(namespace, name string, p session.Payload) { s.client.Emit(namespace, name, p) }

// Ask is Emit of an event that the client is to acknowledge. reply is called once:
// with the client's answer, or with [session.TimedOut] after patience, or with
// [session.Gone] when the client has left.
func (s *Socket) Ask(namespace, name string, p session.Payload, patience time.Duration, reply func(session.Payload, error)) {
	s.client.EmitAck(namespace, name, p, time.Now().Add(patience), reply)
}

// SendAway has the client leave a namespace. The connection stays.
func (s *Socket) SendAway(namespace string) { s.client.Disconnect(namespace) }

// SendOff tells the client something, has it leave a namespace, and closes the connection.
// It is told nothing more: official clients that were told to leave do not come back by
// themselves.
func (s *Socket) SendOff(namespace string, last *outbox.Frame, reason session.Reason) {
	leave := &outbox.Frame{Data: socketio.AppendDisconnect(MessagePrefix(), namespace)}
	s.out.PushLast(last, leave)
	s.Close(reason)
}

// After has the socket's actor call do when d has passed, unless the socket has
// ended by then, or the timer is stopped: it holds the socket in memory until then.
func (s *Socket) After(d time.Duration, do func()) *time.Timer {
	return time.AfterFunc(d, func() { s.Tell(later{do}) })
}

// Do has the socket's actor call do, unless the socket has ended by then. It may be
// called from any goroutine, and returns at once.
func (s *Socket) Do(do func()) { s.Tell(later{do}) }

// Waiting returns how many bytes wait for the client. It may be called from any goroutine.
func (s *Socket) Waiting() int { return s.out.Waiting() }

// Log returns a logger for what concerns this socket.
func (s *Socket) Log() *slog.Logger { return s.sockets.log.With("id_socket", s.id) }
