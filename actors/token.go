package actors

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// tokenPatience is how long it may take to find out whether a token is good: its issuer
// may have to be asked for a key.
const tokenPatience = 5 * time.Second

// expiryNotice is how long before its token expires a client is told.
const expiryNotice = time.Minute

// shown is the token that a client has shown.
type shown struct {
	rooms   access.Rooms
	expires time.Time
	timer   *time.Timer // to the next that follows from that
}

// rights returns what the client may do in a room.
func (a *attendee) rights(name string) access.Rights {
	if a.token == nil {
		return access.Usual
	}
	return a.token.rooms.In(name)
}

// needs returns an error if the client does not have a right in a room.
func (a *attendee) needs(right access.Rights, name string) error {
	if a.token == nil && !access.Usual.Have(right) {
		return problem.New(problem.Forbidden, "Where no tokens are asked for, nobody may do that").Named(problem.NoRight)
	}
	return access.Denied(a.rights(name), right, name)
}

// verify asks what a token vouches for, and calls then with that on the socket's actor.
func (a *attendee) verify(s *socket.Socket, token string, vouches func(context.Context, string) (access.Grant, error), then func(access.Grant, error)) {
	var grant access.Grant
	s.Await(func() (err error) {
		ctx, cancel := context.WithTimeout(context.Background(), tokenPatience)
		defer cancel()
		grant, err = vouches(ctx, token)
		return err
	}, func(err error) { then(grant, err) })
}

// tokenIn returns the token of a client's auth payload, {"token": "…"}, or else that of
// its query.
func (a *attendee) tokenIn(auth json.RawMessage) string {
	var object map[string]json.RawMessage // a struct would take {"TOKEN": "…"} too
	if json.Unmarshal(auth, &object) == nil {
		if token, ok := socketio.ParseString(object["token"]); ok {
			return token
		}
	}
	return a.wish.token
}

// shows notes a token that was found good, and when it ends.
func (a *attendee) shows(s *socket.Socket, grant access.Grant) {
	if a.token == nil {
		a.token = new(shown)
	}
	a.token.rooms, a.token.expires = grant.Rooms, grant.Expires
	a.token.stop()
	if grant.Expires.IsZero() {
		return
	}
	a.then(s, grant.Expires.Add(-expiryNotice), func() { a.expiring(s) })
}

// then has something done at a moment, unless another token was shown by then: that it is
// time may be waiting for the socket already when that is.
func (a *attendee) then(s *socket.Socket, at time.Time, do func()) {
	expires := a.token.expires
	a.token.timer = s.After(max(time.Until(at), 0), func() {
		if a.token.expires.Equal(expires) {
			do()
		}
	})
}

// stop ends the wait for what follows: nothing does any more.
func (t *shown) stop() {
	if t != nil && t.timer != nil {
		t.timer.Stop()
	}
}

// expiring tells the client that its token is about to expire.
func (a *attendee) expiring(s *socket.Socket) {
	expires := a.token.expires
	s.Push(socket.EventFrame("token-expiring", append(append([]byte(`{"expires":`), room.TimestampOf(expires).JSON()...), '}')))
	a.then(s, expires.Add(a.node.config.Leeway), func() {
		closing(s, session.TokenExpired, access.Expired())
	})
}

// renew takes the event token: another token for the same user, whose rights hold from now
// on. Rooms that it does not let the socket be in are left.
func (a *attendee) renew(s *socket.Socket, e session.Event) error {
	if a.token == nil {
		return problem.New(problem.Invalid, "This server asks for no tokens").Named(problem.BadArguments)
	}
	token, ok := textAt(e, 0)
	if !ok {
		return badArguments("token takes a token, as text")
	}
	s.Charge(quota.Moves, 1) // to look at it is about as dear
	a.verify(s, token, a.node.Verify, func(grant access.Grant, err error) {
		if err == nil && grant.User != a.user {
			err = problem.New(problem.Forbidden, "This token is of another user than the socket: connect with it anew").Named(problem.OtherUser)
		}
		if err == nil {
			err = a.node.admissions.renewToken(&a.admission, grant.Issued)
		}
		if err != nil {
			s.Refuse(e, err)
			return
		}
		a.shows(s, grant)
		s.Acknowledge(e, renewed(grant.Expires, a.leaveForbidden()))
	})
	return nil
}

// leaveForbidden leaves the rooms that the client may not be in, and returns their names.
// In the others it sees from now on what it may.
func (a *attendee) leaveForbidden() []string {
	left := []string{}
	for _, st := range slices.Clone(a.seats.list) {
		rights := a.rights(st.Room)
		st.Sees(rights.Have(access.List))
		if !rights.Have(access.Join) {
			left = append(left, st.Room)
			a.seats.drop(st)
			a.giveUp(&room.Leave{Seat: st})
		}
	}
	return left
}

// renewed is {"ok":true,"expires":"…","left":["…"]}.
func renewed(expires time.Time, left []string) json.RawMessage {
	ack := []byte(`{"ok":true`)
	if !expires.IsZero() {
		ack = append(append(ack, `,"expires":`...), room.TimestampOf(expires).JSON()...)
	}
	ack = append(ack, `,"left":[`...)
	for i, name := range left {
		if i > 0 {
			ack = append(ack, ',')
		}
		ack = socketio.AppendString(ack, name)
	}
	return append(ack, "]}"...)
}
