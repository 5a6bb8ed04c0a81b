package socket

import (
	"encoding/json"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// socketLower is a socket as its Engine.IO session sees it.
type socketLower struct{ *Socket }

var _ session.Lower = socketLower{}

// Send sends a heartbeat, which does not wait behind messages.
func (s socketLower) Send(data []byte, binary bool) {
	if s.out.PushFirst(&outbox.Frame{Data: data, Binary: binary}) {
		s.Tell(flush{})
	}
}

func (s socketLower) Message(p engineio.Packet) { s.talk.Message(p) }

// socketUpper is a socket as its Socket.IO conversation sees it.
type socketUpper struct{ *Socket }

var _ session.Upper = socketUpper{}

// Event passes on what the client may cause, and is not too long to be looked into. What
// else there is is answered, or dropped if it wants no answer.
func (s socketUpper) Event(e session.Event) {
	err := s.refuses()
	switch {
	case s.reason != "":
	case err == nil && e.Oversize > 0:
		s.Refuse(e, problem.New(problem.Invalid, "An event %.60q has at most %d bytes, this one has %d: send less",
			e.Name, s.wire.LongestEvent([]byte(e.Name)), e.Oversize).Named(problem.MessageTooLong))
	case err == nil:
		s.app.Event(s.Socket, e)
	default:
		s.sockets.metrics.RateLimited.Note(e.ID.Set)
		s.Refuse(e, err)
	}
}

// Send keeps the frames of a packet together, whoever else appends to the outbox.
func (s socketUpper) Send(text []byte, attachments ...[]byte) {
	if len(attachments) == 0 {
		s.send(&outbox.Frame{Data: text})
		return
	}
	frames := make([]*outbox.Frame, 0, 1+len(attachments))
	frames = append(frames, &outbox.Frame{Data: text})
	for _, data := range attachments {
		frames = append(frames, &outbox.Frame{Data: data, Binary: true})
	}
	s.send(frames...)
}

func (s socketUpper) Disconnected(namespace string, reason session.Reason) {
	s.app.Disconnected(s.Socket, namespace, reason)
}

// Connect asks the application, unless the client has asked for too much.
func (s socketUpper) Connect(namespace string, auth json.RawMessage) {
	if err := s.refuses(); err != nil {
		s.connected(namespace, err)
		return
	}
	s.Charge(quota.Moves, 2) // it joins, and will leave; if it is refused, somebody was asked
	s.app.Connect(s.Socket, namespace, auth, func(err error) { s.connected(namespace, err) })
}

// connected tells the client whether it is in. Official clients take a refusal for
// final, so one that may pass by itself closes the connection instead, unless the client
// is in another namespace: then they come back.
func (s *Socket) connected(namespace string, err error) {
	code := problem.CodeOf(err)
	switch {
	case err == nil:
	case (code == problem.Unavailable || code == problem.Internal) && !s.client.Inside():
		s.sockets.log.Info("a client has to come again", "id_socket", s.id, "namespace", namespace, "err", err)
		s.Close(session.TryAgain)
		return
	default:
		s.client.Refuse(namespace, problem.MessageOf(err), refusalData(err))
		return
	}
	if s.named && s.engine.Version() != engineio.V3 {
		s.id = newID() // ids are never reused: who left and is back is somebody else
	}
	s.named = true
	s.line.rename(s.id)
	s.client.Accept(namespace, s.id)
	s.admitted()
	s.app.Connected(s, namespace)
}

// refusalData is {"code":"…"}, if there is more to say than the official server does.
func refusalData(err error) json.RawMessage {
	name := problem.NameOf(err)
	if name == problem.Name(problem.CodeOf(err)) {
		return nil
	}
	return append(socketio.AppendString([]byte(`{"code":`), string(name)), '}')
}
