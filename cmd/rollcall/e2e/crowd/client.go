//go:build unix

package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/rollcall/rollcall/cmd/bench/wsclient"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
)

// longestEvent is how long what clients that behave send each other is at most, in bytes.
const longestEvent = 4 << 10

// Client is a Socket.IO client that notes all that it is told.
type Client struct {
	recorder *history.Recorder
	stay     *history.Stay
	Conn     *wsclient.Conn
	heard    history.Moment // when anything last came
	Ended    chan struct{}  // closed when the connection is no more

	said  int         // its messages so far
	reply chan answer // to the latest of them
}

// Connect enters a room, and returns when the client was welcomed. The attempt is
// part of the history in any case.
func Connect(ctx context.Context, recorder *history.Recorder, address, room, user string) (*Client, error) {
	c := &Client{recorder: recorder, stay: recorder.Try(room, user), Ended: make(chan struct{}), reply: make(chan answer, 1)}
	if err := c.dial(ctx, address, room, user); err != nil {
		recorder.End(c.stay, recorder.Now())
		return nil, err
	}
	if err := c.enter(ctx); err != nil {
		recorder.Leave(c.stay)
		_ = c.Conn.Close()
		recorder.End(c.stay, recorder.Now())
		return nil, fmt.Errorf("enter %s at %s: %w", room, address, err)
	}
	go c.listen()
	return c, nil
}

func (c *Client) dial(ctx context.Context, address, room, user string) (err error) {
	query := url.Values{
		"EIO": {"4"}, "transport": {"websocket"},
		"room": {room}, "id_user": {user},
	}
	c.Conn, err = wsclient.Dial(ctx, address, "/socket.io/?"+query.Encode(), 1024)
	return err
}

// enter says what the protocols want, until the handshake of the room comes. If that
// takes too long the client gives up, even if the handshake is on its way.
func (c *Client) enter(ctx context.Context) error {
	waiting := context.AfterFunc(ctx, func() {
		c.recorder.Leave(c.stay)
		_ = c.Conn.Close()
	})
	err := c.converse()
	if !waiting() && err == nil {
		err = ctx.Err()
	}
	return err
}

func (c *Client) converse() error {
	for {
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
			c.recorder.Name(c.stay, connected.SID)
		case bytes.HasPrefix(message, []byte(`42["handshake",`)):
			return c.welcome(message[2:])
		default:
			err = fmt.Errorf("the server sent %q", message)
		}
		if err != nil {
			return err
		}
	}
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
	c.recorder.Join(c.stay, handshake.ProcID, handshake.Position)
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
	c.recorder.End(c.stay, c.heard)
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
			c.recorder.Hear(c.stay, e)
		}
	}
	return true
}

// parse reads an event that is of interest.
func parse(data []byte) (e history.Event, ok bool) {
	var name string
	var fields struct {
		User    string `json:"id_user"`
		Version int64
		Socket  string `json:"id_socket"`
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
	e.User, e.Version, e.Position = fields.User, fields.Version, fields.Position
	return e, err == nil && (e.Kind != history.Said && e.Kind != history.Lost || e.Number > 0)
}

// Leave ends the connection: politely, or as a lost network does.
func (c *Client) Leave(politely bool) {
	c.recorder.Leave(c.stay)
	if politely {
		_ = c.Conn.Send([]byte("41")) // if that fails it is over already
	}
	_ = c.Conn.Close()
	<-c.Ended
}
