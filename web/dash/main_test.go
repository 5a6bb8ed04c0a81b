package dash

import (
	"encoding/json"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/nodetest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/web/gate"
)

func TestMain(m *testing.M) { actorstest.Main(m) }

const (
	token = "sixteen or more characters"
	enter = `40/dash,{"token":"` + token + `"}`
)

// watched is the dashboard of a real node.
type watched struct {
	*Dash
	t    *testing.T
	node *actors.Node
}

func newWatched(t *testing.T, change ...func(*Config)) *watched {
	t.Helper()
	node, _ := nodetest.Alone(t, 0.25)
	config := Config{Node: node.Name(), Nodes: node.Asker(), Tracing: node.Tracer(), Gate: gate.New(token), Version: "v1", Logger: slog.New(slog.DiscardHandler)}
	for _, with := range change {
		with(&config)
	}
	w := &watched{Dash: New(config), t: t, node: node}
	t.Cleanup(w.Close)
	return w
}

// client is a client whose transport is in memory.
type client struct {
	*actorstest.Transport

	t    *testing.T
	line *socket.Line
}

// dial opens a connection with a query.
func (w *watched) dial(query url.Values) *client {
	c := &client{Transport: actorstest.NewTransport(), t: w.t}
	c.line = w.node.Sockets().Open(socket.Opening{
		Version: engineio.V4, Transport: c, Application: w.Beside(w.node.Attend(query)),
		Wire: &socket.Wire{
			Heartbeat:      session.Heartbeat{Interval: time.Minute, Timeout: time.Minute},
			ConnectTimeout: time.Minute, MaxPayload: 1 << 20, Outbound: 1 << 20,
		},
	})
	return c
}

func (c *client) says(frame string) { c.line.Receive([]byte(frame), false) }

// all returns the frames so far that begin so, without that.
func (c *client) all(prefix string) []string {
	list := c.Got(prefix)
	for i, f := range list {
		list[i] = strings.TrimPrefix(f, prefix)
	}
	return list
}

// hears waits for a frame that begins so, and returns the rest of it.
func (c *client) hears(prefix string) string {
	c.t.Helper()
	actorstest.Eventually(c.t, prefix, func() bool { return len(c.all(prefix)) > 0 })
	return c.all(prefix)[0]
}

// argument decodes the argument of an event frame behind `42/dash,["name",`.
func argument[T any](t *testing.T, rest string) T {
	t.Helper()
	var v T
	actorstest.Must(t, json.Unmarshal([]byte(strings.TrimSuffix(rest, "]")), &v))
	return v
}
