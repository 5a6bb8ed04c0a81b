package main

import (
	"encoding/json"
	"net/url"
	"time"

	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/problem"
)

// events is the application of one socket: it says what it was authenticated
// with, and sends back what it is sent.
type events struct{ auth json.RawMessage }

func newEvents(url.Values) socket.Application { return &events{} }

// Connect lets clients into "/" and "/custom".
func (e *events) Connect(_ *socket.Socket, namespace string, auth json.RawMessage, answer func(error)) {
	if namespace != "/" && namespace != "/custom" {
		answer(problem.New(problem.NotFound, "Invalid namespace"))
		return
	}
	if e.auth = auth; auth == nil {
		e.auth = json.RawMessage("{}")
	}
	answer(nil)
}

// Connected tells the client its auth payload, a moment later: the suite reads one
// packet at a time, and loses the second of two that come at once.
func (e *events) Connected(s *socket.Socket, namespace string) {
	auth := session.Payload{Args: []json.RawMessage{e.auth}}
	s.After(5*time.Millisecond, func() { s.Emit(namespace, "auth", auth) })
}

// Event answers "message" by an event and "message-with-ack" by an acknowledgement.
func (e *events) Event(s *socket.Socket, event session.Event) {
	switch event.Name {
	case "message":
		s.Emit(event.Namespace, "message-back", event.Payload)
	case "message-with-ack":
		s.AcknowledgeAll(event, event.Payload)
	}
}

// Disconnected has nothing to do.
func (e *events) Disconnected(*socket.Socket, string, session.Reason) {}

// Message has nothing to do.
func (e *events) Message(*socket.Socket, any) {}
