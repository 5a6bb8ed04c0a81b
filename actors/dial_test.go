package actors

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
)

func testWire() *socket.Wire {
	return &socket.Wire{
		Heartbeat:      session.Heartbeat{Interval: time.Minute, Timeout: time.Minute},
		ConnectTimeout: time.Minute, MaxPayload: 1 << 20, Outbound: 1 << 20,
	}
}

// dial opens a connection with a query and no word said.
func (n *testNode) dial(version engineio.Version, app socket.Application, change ...func(*socket.Wire)) *client {
	wire := testWire()
	for _, with := range change {
		with(wire)
	}
	c := newClient(n.t)
	c.line = n.Sockets().Open(socket.Opening{Version: version, Transport: c, Application: app, Wire: wire})
	return c
}

func as(room, user string) url.Values {
	return url.Values{"room": {room}, "id_user": {user}}
}

// enters begins to join a room.
func (n *testNode) enters(room, user string, change ...func(*socket.Wire)) *client {
	c := n.dial(engineio.V4, n.Attend(as(room, user)), change...)
	c.user = user
	c.says("40")
	return c
}

// connects joins a room and has got its handshake.
func (n *testNode) connects(room, user string, change ...func(*socket.Wire)) *client {
	n.t.Helper()
	c := n.enters(room, user, change...)
	c.greeted()
	return c
}

// greeted waits for the handshake.
func (c *client) greeted() {
	c.t.Helper()
	c.id = sidIn(c.t, c.hears(`40{"sid":`)[2:])
	c.hears(`42["handshake",`)
}

// sidIn returns the sid of the JSON of an open or connect packet.
func sidIn(t *testing.T, text string) string {
	t.Helper()
	var body struct{ SID string }
	actorstest.Must(t, json.Unmarshal([]byte(text), &body))
	return body.SID
}
