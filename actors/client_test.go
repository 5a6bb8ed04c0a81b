package actors

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
)

// client is a client whose transport is in memory.
type client struct {
	*actorstest.Transport

	t    *testing.T
	line *socket.Line
	user string
	id   string // public, once joined
	acks int    // ids of events that want an answer
}

var _ socket.Transport = (*client)(nil)

func newClient(t *testing.T) *client { return &client{Transport: actorstest.NewTransport(), t: t} }

// got returns what the client was sent, all of it or what begins so.
func (c *client) got(prefix string) []string { return c.Got(prefix) }

// awaits waits until something is so.
func (c *client) awaits(what string, is func() bool) {
	c.t.Helper()
	if !c.Await(is) {
		c.t.Fatalf("client %s of user %s waited in vain for %s; it got\n%s", c.id, c.user, what, strings.Join(c.got(""), "\n"))
	}
}

// hears waits for a frame that begins so, and returns it.
func (c *client) hears(prefix string) string {
	c.t.Helper()
	c.awaits(prefix, func() bool { return len(c.got(prefix)) > 0 })
	return c.got(prefix)[0]
}

// ends waits until the transport was closed, and returns why.
func (c *client) ends() session.Reason {
	c.t.Helper()
	c.awaits("its end", func() bool { return c.Closed() != "" })
	return c.Closed()
}

func (c *client) says(frames ...string) {
	for _, f := range frames {
		c.line.Receive([]byte(f), false)
	}
}

// leaves closes the connection.
func (c *client) leaves() { c.line.Lost(session.TransportClose) }

// event is a room event as a client got it.
type event struct {
	name, id   string
	user       string
	epoch, seq uint64
}

// events returns the joins and leaves that a client was told.
func (c *client) events() []event {
	c.t.Helper()
	var list []event
	for _, frame := range c.got(`42["socket-`) {
		var parts []json.RawMessage
		actorstest.Must(c.t, json.Unmarshal([]byte(frame[2:]), &parts))
		var e event
		var more struct {
			User       string `json:"id_user"`
			Epoch, Seq uint64
		}
		actorstest.Must(c.t, json.Unmarshal(parts[0], &e.name))
		actorstest.Must(c.t, json.Unmarshal(parts[1], &e.id))
		actorstest.Must(c.t, json.Unmarshal(parts[2], &more))
		e.user, e.epoch, e.seq = more.User, more.Epoch, more.Seq
		list = append(list, e)
	}
	return list
}

func connected(c *client) string    { return `42["socket-connected","` + c.id + `"` }
func disconnected(c *client) string { return `42["socket-disconnected","` + c.id + `"` }
