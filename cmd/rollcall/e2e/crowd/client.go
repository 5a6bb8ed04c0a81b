//go:build unix

package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
)

// longestEvent is how long what clients that behave send each other is at most, in bytes.
const longestEvent = 4 << 10

// Client is a Socket.IO client that notes all that it is told.
type Client struct {
	recorder *history.Recorder
	stays    []*history.Stay // one in each of its rooms
	Conn     conn
	heard    history.Moment // when anything last came
	Ended    chan struct{}  // closed when the connection is no more

	said  int         // its messages so far
	reply chan answer // to the latest of them
}

// Connect enters a room by a websocket, and returns when the client was welcomed. The
// attempt is part of the history in any case.
func Connect(ctx context.Context, recorder *history.Recorder, address, room, user string) (*Client, error) {
	return connect(ctx, recorder, websocketAt(address), user, room)
}

// connect enters rooms: the first when it connects, the others by their names.
func connect(ctx context.Context, recorder *history.Recorder, dial dialer, user string, rooms ...string) (*Client, error) {
	c := &Client{recorder: recorder, Ended: make(chan struct{}), reply: make(chan answer, 1)}
	for _, room := range rooms {
		c.stays = append(c.stays, recorder.Try(room, user))
	}
	connection, err := dial(ctx, url.Values{"EIO": {"4"}, "room": {rooms[0]}, "id_user": {user}, "token": {Token(user, access.Usual)}})
	if err != nil {
		c.end(recorder.Now())
		return nil, err
	}
	c.Conn = connection
	if err := c.enter(ctx); err != nil {
		c.leave()
		_ = c.Conn.Close()
		c.end(recorder.Now())
		return nil, fmt.Errorf("enter %q: %w", rooms, err)
	}
	go c.listen()
	return c, nil
}

// leave notes that the client begins to leave.
func (c *Client) leave() {
	for _, s := range c.stays {
		c.recorder.Leave(s)
	}
}

// end notes that the connection has ended.
func (c *Client) end(heard history.Moment) {
	for _, s := range c.stays {
		c.recorder.End(s, heard)
	}
}

// enter says what the protocols want, until the client is in all its rooms. If that
// takes too long it gives up, even if the last handshake is on its way.
func (c *Client) enter(ctx context.Context) error {
	waiting := context.AfterFunc(ctx, func() {
		c.leave()
		_ = c.Conn.Close()
	})
	err := c.converse()
	if !waiting() && err == nil {
		err = ctx.Err()
	}
	return err
}

func (c *Client) converse() error {
	for in := 0; in < len(c.stays); {
		message, err := c.Conn.NextEvent()
		if err != nil {
			return err
		}
		switch {
		case bytes.HasPrefix(message, []byte("0{")):
			err = c.Conn.Send([]byte("40"))
		case bytes.HasPrefix(message, []byte("40{")):
			var connected struct{ SID string }
			err = json.Unmarshal(message[2:], &connected)
			for _, s := range c.stays {
				c.recorder.Name(s, connected.SID)
			}
		case bytes.HasPrefix(message, []byte(`42["handshake",`)):
			err = c.welcome(message[2:])
			in++
		case bytes.HasPrefix(message, []byte("430[")): // of the join
			err = c.joined(c.stays[in], message[3:])
			in++
		case in > 0 && c.hear(message):
			continue
		default:
			err = fmt.Errorf("the server sent %q", message)
		}
		if err == nil && in > 0 && in < len(c.stays) {
			err = c.Conn.Send(fmt.Appendf(nil, `420["join",%q]`, c.stays[in].Room))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) welcome(event []byte) error {
	var handshake struct {
		ProcID string
		history.Position
	}
	if err := json.Unmarshal(event, &[]any{new(string), &handshake}); err != nil {
		return err
	}
	c.heard = c.recorder.Now()
	c.recorder.Join(c.stays[0], handshake.ProcID, handshake.Position)
	return nil
}

// joined takes the answer to a join, which is the handshake of a further room.
func (c *Client) joined(s *history.Stay, answer []byte) error {
	var joined struct {
		OK bool
		history.Position
	}
	if err := json.Unmarshal(answer, &[]any{&joined}); err != nil {
		return err
	}
	if !joined.OK {
		return fmt.Errorf("the server answered a join by %q", answer)
	}
	c.recorder.Join(s, c.stays[0].Node, joined.Position)
	return nil
}

// listen notes what comes until the connection ends.
func (c *Client) listen() {
	defer close(c.Ended)
	for {
		message, err := c.Conn.NextEvent()
		if err != nil {
			break
		}
		if !c.hear(message) {
			break // the server says that this is the end
		}
	}
	c.end(c.heard)
	_ = c.Conn.Close()
}

// hear notes what a message of the server says, and reports whether it may say more.
func (c *Client) hear(message []byte) bool {
	ack, event := bytes.HasPrefix(message, []byte("43")), bytes.HasPrefix(message, []byte("42"))
	if !ack && !event {
		return false
	}
	c.heard = c.recorder.Now()
	switch {
	case ack:
		c.answered(message[2:])
	case len(message) <= longestEvent:
		if e, ok := parse(message[2:]); ok {
			c.note(e)
		}
	}
	return true
}

// note notes an event of one room, or of all that the client is in if it names none. That
// it was told of another room is for the checker to see.
func (c *Client) note(e history.Event) {
	for _, s := range c.stays {
		if e.Room == "" || e.Room == s.Room {
			c.recorder.Hear(s, e)
		}
	}
	if e.Room != "" && !slices.ContainsFunc(c.stays, func(s *history.Stay) bool { return s.Room == e.Room }) {
		c.recorder.Hear(c.stays[0], e)
	}
}

// parse reads an event that is of interest.
func parse(data []byte) (e history.Event, ok bool) {
	var name string
	var fields struct {
		User    string `json:"id_user"`
		Version int64
		Socket  string `json:"id_socket"`
		Room    string
		Count   int
		history.Position
	}
	if json.Unmarshal(data, &[]any{&name}) != nil {
		return e, false
	}
	switch name {
	case "socket-connected":
		e.Kind = history.Connected
	case "socket-disconnected":
		e.Kind = history.Disconnected
	case "identity-change":
		e.Kind = history.Renamed
	case "message":
		e.Kind = history.Said
	case "messages-dropped":
		e.Kind = history.Lost
	default:
		return e, false
	}
	var err error
	switch e.Kind {
	case history.Renamed:
		err = json.Unmarshal(data, &[]any{&name, &fields})
	case history.Said:
		err = json.Unmarshal(data, &[]any{&name, &fields, &e.Number})
		e.Socket = fields.Socket
	case history.Lost:
		err = json.Unmarshal(data, &[]any{&name, &fields})
		e.Number = fields.Count
	default:
		err = json.Unmarshal(data, &[]any{&name, &e.Socket, &fields})
	}
	e.User, e.Version, e.Room, e.Position = fields.User, fields.Version, fields.Room, fields.Position
	return e, err == nil && (e.Kind != history.Said && e.Kind != history.Lost || e.Number > 0)
}

// Leave ends the connection: politely, or as a lost network does.
func (c *Client) Leave(politely bool) {
	c.leave()
	if politely {
		_ = c.Conn.Send([]byte("41")) // if that fails it is over already
	}
	_ = c.Conn.Close()
	<-c.Ended
}
