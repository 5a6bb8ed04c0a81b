package socket

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
)

// client is a client whose transport is in memory.
type client struct {
	*actorstest.Transport

	t    *testing.T
	line *Line
}

var _ Transport = (*client)(nil)

func newClient(t *testing.T) *client { return &client{Transport: actorstest.NewTransport(), t: t} }

func testWire() *Wire {
	return &Wire{
		Heartbeat:      session.Heartbeat{Interval: time.Minute, Timeout: time.Minute},
		ConnectTimeout: time.Minute, MaxPayload: 1 << 20, Outbound: 1 << 20,
	}
}

// dial opens a connection with no word said.
func (n *testNode) dial(version engineio.Version, app Application, change ...func(*Wire)) *client {
	wire := testWire()
	for _, with := range change {
		with(wire)
	}
	c := newClient(n.t)
	c.line = n.Sockets().Open(Opening{Version: version, Transport: c, Application: app, Wire: wire})
	return c
}

// got returns what the client was sent, all of it or what begins so.
func (c *client) got(prefix string) []string { return c.Got(prefix) }

// awaits waits until something is so.
func (c *client) awaits(what string, is func() bool) {
	c.t.Helper()
	if !c.Await(is) {
		c.t.Fatalf("waited in vain for %s; the client got\n%s", what, strings.Join(c.got(""), "\n"))
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

// sidIn returns the sid of the JSON of an open or connect packet.
func sidIn(t *testing.T, text string) string {
	t.Helper()
	var body struct{ SID string }
	actorstest.Must(t, json.Unmarshal([]byte(text), &body))
	return body.SID
}

func within[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(actorstest.Patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}
