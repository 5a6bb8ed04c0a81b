package actors

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/pubsub"
	"github.com/rollcall/rollcall/protos/socketio"
)

// storePatience is how long a client waits for the user store.
const storePatience = 3 * time.Second

// attendee is the presence application: a socket that is in rooms as one user.
type attendee struct {
	node   *Node
	wish   wish
	id     string // id_socket, once connected; the connection may have others in other namespaces
	room   string // that it connects to, "" for none; it may leave that, and join others
	user   string
	token  *shown       // nil where none is asked for
	seats  seats        // one for each room that it is in
	window *room.Window // nil before the first message

	admission admission
}

// wish is whom a client wants to be, and where, or what is wrong with that.
type wish struct {
	room, user string // room is "" for none
	token      string // "" for none; who shows one is the user of that
	err        error
}

// Attend returns the application of a client that connects with this query:
// ?room=Maths&id_user=1. Further rooms it joins by events. Where tokens are asked for, that
// in the query counts if its auth payload has none, and its id_user never does.
func (n *Node) Attend(query url.Values) socket.Application {
	return &attendee{node: n, wish: wishOf(query, n.config.Access != nil)}
}

// wishOf reads a query. It keeps nothing of that, which may be long, and the request's.
func wishOf(query url.Values, tokens bool) (w wish) {
	var user string
	if tokens {
		w.token = strings.Clone(query.Get("token"))
	} else {
		var err error
		if user, err = identity.ParseID(query.Get("id_user")); err != nil {
			return wish{err: err}
		}
	}
	if query.Has("room") {
		name, err := room.ParseName(query.Get("room"))
		if err != nil {
			return wish{err: err}
		}
		w.room = strings.Clone(name)
	}
	w.user = strings.Clone(user)
	return w
}

// Connect lets the client into namespace "/" if it names a known user, by a token where
// tokens are asked for, and a room that it may be in, or none.
func (a *attendee) Connect(s *socket.Socket, namespace string, auth json.RawMessage, answer func(error)) {
	if namespace != "/" {
		answer(problem.New(problem.NotFound, "Invalid namespace")) // in the words of the official server
		return
	}
	if a.wish.err != nil {
		answer(a.wish.err)
		return
	}
	if a.node.config.Access == nil {
		a.admit(s, a.wish.user, nil, answer)
		return
	}
	a.verify(s, a.tokenIn(auth), a.node.vouchedFor, func(grant access.Grant, err error) {
		if name := a.wish.room; err == nil && name != "" {
			err = access.Denied(grant.Rooms.In(name), access.Join, name)
		}
		if err != nil {
			answer(err)
			return
		}
		a.admit(s, grant.User, &grant, func(err error) {
			if err == nil {
				a.shows(s, grant)
			}
			answer(err)
		})
	})
}

// admit lets the client in as a user, if the store has nothing against that. The grant is
// nil where no tokens are asked for.
func (a *attendee) admit(s *socket.Socket, user string, grant *access.Grant, answer func(error)) {
	room, by := a.wish.room, noToken
	if grant != nil {
		by = tokenOf(grant.Issued)
	}
	a.node.admissions.ask(&a.admission, user, by, s)
	var version int64
	s.Await(func() (err error) {
		ctx, cancel := context.WithTimeout(context.Background(), storePatience)
		defer cancel()
		if grant == nil {
			version, err = a.node.versionOf(ctx, user)
		} else {
			version, err = a.node.takesIn(ctx, *grant)
		}
		if err == nil && room != "" {
			err = a.node.hasPlace(room)
		}
		return err
	}, func(err error) {
		if err == nil {
			err = a.node.admissions.grant(&a.admission, version)
		}
		if err != nil {
			a.node.admissions.end(&a.admission)
		} else {
			a.room, a.user = room, user
		}
		answer(err)
	})
}

// Connected takes a seat in the roster; the handshake comes from there. Who named no
// room is in none, and told so at once.
func (a *attendee) Connected(s *socket.Socket, _ string) {
	a.id = s.ID()
	a.node.admissions.connected(&a.admission, a)
	node, name := a.node.name, a.room
	if name == "" {
		s.Push(room.Handshake(node, "", room.Position{}))
		return
	}
	a.enter(s, name, func(at room.Position) *outbox.Frame { return room.Handshake(node, name, at) })
}

// Disconnected gives all seats up.
func (a *attendee) Disconnected(*socket.Socket, string, session.Reason) {
	a.node.admissions.end(&a.admission)
	a.token.stop()
	a.leaveAll()
}

// Event takes the events of docs/clients.md. What fails is acknowledged at once, and
// what does not by whoever has done it.
func (a *attendee) Event(s *socket.Socket, e session.Event) {
	var err error
	switch e.Name {
	case "identity-change":
		s.Charge(quota.Changes, 1)
		err = a.identityChange(s, e)
	case "join":
		err = a.join(s, e)
	case "leave":
		err = a.leave(s, e)
	case "message":
		err = a.message(s, e)
	case "remove":
		err = a.remove(s, e)
	case "token":
		err = a.renew(s, e)
	default:
		err = problem.New(problem.Invalid, "This server takes no event %.60q: see docs/clients.md for those that it takes", e.Name).Named(problem.UnknownEvent)
	}
	if err != nil {
		s.Refuse(e, err)
	}
}

// identityChange relays the event to the others in the socket's rooms, with the
// user that this socket is and the version that the user has. Whoever shares two
// of the rooms gets it twice. Rooms that the client may not write to are left out; one that
// may write to none of its rooms is told so.
func (a *attendee) identityChange(s *socket.Socket, e session.Event) error {
	most := min(a.node.config.MaxIdentityChange, s.Wire().Outbound/2)
	if _, err := bounded(e, "An identity-change", most); err != nil {
		return err // before it is read: it may have a hundred thousand fields
	}
	payload, err := room.CheckPayload(e.Payload)
	if err != nil {
		return err
	}
	relay := pubsub.Relay{
		Socket: a.id, User: a.user, Rooms: make([]string, 0, len(a.seats.list)), Attachments: e.Attachments,
	}
	for _, st := range a.seats.list {
		if a.rights(st.Room).Have(access.Write) {
			relay.Rooms = append(relay.Rooms, st.Room)
		}
	}
	if len(relay.Rooms) == 0 && len(a.seats.list) > 0 {
		return a.needs(access.Write, a.seats.list[0].Room) // nobody would get it
	}
	if len(e.Args) > 1 {
		relay.Args = e.Args[1:]
	}
	span := a.trace("identity", a.id, "")
	s.Await(func() error {
		defer span.End()
		ctx, cancel := context.WithTimeout(trace.With(context.Background(), span), storePatience)
		defer cancel()
		user, err := a.node.config.Users.User(ctx, relay.User)
		if err != nil && !(a.node.config.AnyUser && problem.CodeOf(err) == problem.NotFound) {
			return err
		}
		relay.Version, relay.Payload = user.Version, room.IdentityPayload(relay.User, user.Version, payload)
		a.node.relay(ctx, relay)
		return nil
	}, func(err error) { s.Acknowledge(e, socket.Acknowledgement(err)) })
	return nil
}

// Message hears that a roster failed: a new one must learn of this socket. Or that
// what this socket said did not go out.
func (a *attendee) Message(s *socket.Socket, msg any) {
	switch msg := msg.(type) {
	case room.Unseated:
		a.window = nil // what was on its way to that roster may never be taken
		a.unseated(msg)
		s.Resume()
	case room.SentAway:
		if a.seats.has(msg.Seat) {
			sendOff(s)
		}
	case room.Unheard:
		s.Close(session.Overloaded) // it wanted no answer: this is one
	}
}

// textAt returns the i-th argument of an event, and false if that is no text, or not there.
func textAt(e session.Event, i int) (text string, ok bool) {
	if i >= len(e.Args) {
		return "", false
	}
	return socketio.ParseString(e.Args[i])
}

// badArguments says what an event takes.
func badArguments(format string, args ...any) error {
	return problem.New(problem.Invalid, format, args...).Named(problem.BadArguments)
}
