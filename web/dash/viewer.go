package dash

import (
	"encoding/json"
	"sync/atomic"

	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/problem"
)

// Namespace is the namespace of Socket.IO in which the dashboard is live.
const Namespace = "/dash"

// behindAt is how many bytes may wait for a viewer that is to be told more. One
// that reads too slowly is told less often.
const behindAt = 64 << 10

// Beside returns an application that shows the dashboard in its namespace, and is
// app in every other: one connection may use both.
func (d *Dash) Beside(app socket.Application) socket.Application {
	return &beside{Application: app, dash: d}
}

type beside struct {
	socket.Application

	dash   *Dash
	viewer *viewer // nil while the client is not in the namespace
}

// Connect asks the gate for who comes to watch.
func (b *beside) Connect(s *socket.Socket, namespace string, auth json.RawMessage, answer func(error)) {
	if namespace != Namespace {
		b.Application.Connect(s, namespace, auth, answer)
		return
	}
	err := b.dash.config.Gate.Admit(tokenIn(auth))
	if err == nil && b.dash.gather.full() {
		err = problem.New(problem.Unavailable, "Too many watch this node: ask another one")
	}
	answer(err)
}

// Connected begins to tell.
func (b *beside) Connected(s *socket.Socket, namespace string) {
	if namespace != Namespace {
		b.Application.Connected(s, namespace)
		return
	}
	b.viewer = &viewer{socket: s, cursors: make(map[string]uint64)}
	b.dash.gather.enter(b.viewer)
}

// Event passes on what is not of the dashboard, which takes no events.
func (b *beside) Event(s *socket.Socket, e session.Event) {
	if e.Namespace != Namespace {
		b.Application.Event(s, e)
		return
	}
	s.Refuse(e, problem.New(problem.Invalid, "The dashboard takes no events").Named(problem.UnknownEvent))
}

// Disconnected ends it.
func (b *beside) Disconnected(s *socket.Socket, namespace string, reason session.Reason) {
	if namespace != Namespace {
		b.Application.Disconnected(s, namespace, reason)
		return
	}
	b.dash.gather.leave(b.viewer)
	b.viewer = nil
}

// tokenIn returns the token of the auth payload {"token":"…"}, "" if it has none.
func tokenIn(auth json.RawMessage) string {
	var payload struct{ Token string }
	if json.Unmarshal(auth, &payload) != nil {
		return ""
	}
	return payload.Token
}

// viewer is a client that is shown the dashboard, live.
type viewer struct {
	socket  *socket.Socket
	cursors map[string]uint64 // how far it has come in each feed; of the gatherer's loop
	busy    atomic.Bool       // it has not taken what it was told last
}

// tell tells it the state, and what is new.
func (v *viewer) tell(r *round, feeds []feed) {
	if v.socket.Waiting() > behindAt || v.busy.Swap(true) {
		return
	}
	events := []event{{"state", r.text}}
	for _, f := range feeds {
		news, next := f.since(v.cursors[f.event])
		if v.cursors[f.event] = next; news != nil {
			events = append(events, event{f.event, news})
		}
	}
	v.socket.Do(func() {
		v.busy.Store(false)
		for _, e := range events {
			v.socket.Emit(Namespace, e.name, session.Payload{Args: []json.RawMessage{e.text}})
		}
	})
}

type event struct {
	name string
	text json.RawMessage
}
