package actors

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// storePatience is how long a client waits for the user store.
const storePatience = 3 * time.Second

// attendee is the presence application: a socket that is in one room as one user.
type attendee struct {
	node  *Node
	query url.Values
	room  string
	user  int64
	since int64 // when it joined the room, Unix milliseconds
	in    bool  // between Connected and Disconnected
}

// Attend returns the application of a client that connects with this query:
// ?room=Maths&id_user=1.
func (n *Node) Attend(query url.Values) Application { return &attendee{node: n, query: query} }

// Connect lets the client into namespace "/" if it names a room and a known user.
func (a *attendee) Connect(_ *Socket, namespace string, _ json.RawMessage) error {
	if namespace != "/" {
		return problem.New(problem.NotFound, "Invalid namespace")
	}
	room, err := ParseRoom(a.query.Get("room"))
	if err != nil {
		return err
	}
	user, err := ParseUser(a.query.Get("id_user"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), storePatience)
	defer cancel()
	known, err := a.node.config.Users.Exists(ctx, user)
	if err != nil {
		return err
	}
	if !known {
		return problem.New(problem.NotFound, "There is no user %d: connect with an id_user that GET /users lists", user)
	}
	a.room, a.user, a.since = room, user, time.Now().UnixMilli()
	return nil
}

// Connected takes a seat in the roster; the handshake comes from there.
func (a *attendee) Connected(s *Socket, _ string) {
	a.in = true
	a.join(s, false)
}

func (a *attendee) join(s *Socket, greeted bool) {
	a.node.system.Root.Send(a.node.pid, &join{room: a.room, seat: &seat{
		Entry:  Entry{Socket: s.id, User: a.user, Since: a.since},
		socket: s.self, out: s.out, greeted: greeted,
	}})
}

// Disconnected gives the seat up.
func (a *attendee) Disconnected(s *Socket, _ string, _ session.Reason) {
	a.in = false
	a.node.system.Root.Send(a.node.pid, &leave{room: a.room, id: s.id})
}

// Event takes identity-change; other events are nobody's business here.
func (a *attendee) Event(s *Socket, e session.Event) {
	if e.Name != "identity-change" {
		return
	}
	if err := a.identityChange(s, e); err != nil {
		s.Acknowledge(e, acknowledgement(problem.MessageOf(err)))
		return
	}
	s.Acknowledge(e, acknowledgement(""))
}

// identityChange relays the event to the others in the room, with the user that
// this socket is and the version that the user has.
func (a *attendee) identityChange(s *Socket, e session.Event) error {
	payload, err := checkPayload(e.Args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), storePatience)
	defer cancel()
	user, err := a.node.config.Users.User(ctx, a.user)
	if err != nil {
		return err
	}
	if payload == nil {
		payload = json.RawMessage(`{}`)
	}
	a.node.relay(ctx, identity.Relay{
		Socket: s.id, User: a.user, Version: user.Version, Rooms: []string{a.room}, Payload: payload,
	})
	return nil
}

// Message hears that the roster failed: a new one must learn of this socket.
func (a *attendee) Message(s *Socket, msg any) {
	if failed, ok := msg.(rosterFailed); ok && failed.room == a.room && a.in {
		a.join(s, failed.greeted)
	}
}

// acknowledgement is {"ok":true}, or {"ok":false,"error":"…"}.
func acknowledgement(failure string) json.RawMessage {
	if failure == "" {
		return json.RawMessage(`{"ok":true}`)
	}
	return append(socketio.AppendString([]byte(`{"ok":false,"error":`), failure), '}')
}

// ParseUser returns the user id that a query parameter names.
func ParseUser(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, problem.New(problem.Invalid, "id_user must be a positive whole number, such as id_user=1; it is %q", clip(text))
	}
	return id, nil
}
