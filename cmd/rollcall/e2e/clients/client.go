//go:build unix

package clients

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"
)

// Kinds of a [Report].
const (
	Connected    = "connected"
	Refused      = "refused" // by the server, which says why
	Failed       = "failed"  // the transport did
	Event        = "event"
	Acknowledged = "ack"
	Disconnected = "disconnected"
	Upgraded     = "upgraded" // from polling to a websocket
)

// Report is something that a client saw.
type Report struct {
	Kind    string            `json:"kind"`
	ID      string            `json:"id"`      // Connected: id_socket
	Message string            `json:"message"` // Refused, Failed, Disconnected: why
	Code    string            `json:"code"`    // Refused: likewise, for programs; "" for clients before version 3
	Name    string            `json:"name"`    // Event
	Args    []json.RawMessage `json:"args"`    // Event, Acknowledged
	Ack     int               `json:"ack"`     // Acknowledged: which
	At      time.Time         `json:"-"`       // when the test heard of it
}

// IsEvent tells whether the report is of an event with that name.
func (r Report) IsEvent(name string) bool { return r.Kind == Event && r.Name == name }

// Arg decodes an argument of an event into v, strictly enough for a test: it
// reports false if there is no such argument or it does not fit.
func (r Report) Arg(i int, v any) bool {
	return i < len(r.Args) && json.Unmarshal(r.Args[i], v) == nil
}

// String shows the report in the message of a failed test.
func (r Report) String() string {
	return fmt.Sprintf("%s %s%s%s%s %s", r.Kind, r.Name, r.ID, r.Code, r.Message, r.Args)
}

// Options says how a client connects.
type Options struct {
	Version Version
	URL     string         // of a node
	Query   map[string]any // room, id_user
	Extra   map[string]any // further options of the official client
	Tokens  string         // URL that answers {"token": "…"}, asked for each connection; "" for none
}

// Client is one official client.
type Client struct {
	Options

	agent  *Agent
	number int

	mu      sync.Mutex
	reports []Report
	news    chan struct{} // closed at the next report
	acks    int
}

// Connect opens a client. It returns at once.
func (a *Agent) Connect(o Options) *Client {
	a.t.Helper()
	a.mu.Lock()
	c := &Client{Options: o, agent: a, number: len(a.clients) + 1, news: make(chan struct{})}
	a.clients[c.number] = c
	a.mu.Unlock()
	options := map[string]any{"query": o.Query}
	maps.Copy(options, o.Extra)
	a.command(map[string]any{"do": "connect", "client": c.number, "version": o.Version, "url": o.URL, "options": options, "tokens": o.Tokens})
	return c
}

// Emit sends an event.
func (c *Client) Emit(event string, args ...any) {
	c.agent.t.Helper()
	c.agent.command(map[string]any{"do": "emit", "client": c.number, "event": event, "args": args})
}

// EmitMany sends an event many times, in one tick: numbered from 0 by a last
// argument.
func (c *Client) EmitMany(many int, event string, args ...any) {
	c.agent.t.Helper()
	c.agent.command(map[string]any{"do": "emitMany", "client": c.number, "event": event, "args": args, "many": many})
}

// EmitForAck sends an event that wants an acknowledgement, and returns that
// one's arguments.
func (c *Client) EmitForAck(t testing.TB, within time.Duration, event string, args ...any) []json.RawMessage {
	t.Helper()
	c.mu.Lock()
	c.acks++
	ack := c.acks
	c.mu.Unlock()
	c.agent.command(map[string]any{"do": "emit", "client": c.number, "event": event, "args": args, "ack": ack})
	return c.Await(t, within, "an acknowledgement", func(r Report) bool { return r.Kind == Acknowledged && r.Ack == ack }).Args
}

// Disconnect says goodbye and closes the connection.
func (c *Client) Disconnect() {
	c.agent.t.Helper()
	c.agent.command(map[string]any{"do": "disconnect", "client": c.number})
}

// Close closes the connection without a goodbye.
func (c *Client) Close() {
	c.agent.t.Helper()
	c.agent.command(map[string]any{"do": "close", "client": c.number})
}

// Reports returns all that the client has seen so far, in order.
func (c *Client) Reports() []Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.reports)
}

// Events returns the events of that name that the client has seen so far.
func (c *Client) Events(name string) []Report {
	return slices.DeleteFunc(c.Reports(), func(r Report) bool { return !r.IsEvent(name) })
}

// Kinds returns the reports of that kind that the client has made so far.
func (c *Client) Kinds(kind string) []Report {
	return slices.DeleteFunc(c.Reports(), func(r Report) bool { return r.Kind != kind })
}

// Find returns the first report that fits, if there is one by now.
func (c *Client) Find(fits func(Report) bool) (Report, bool) {
	reports := c.Reports()
	if i := slices.IndexFunc(reports, fits); i >= 0 {
		return reports[i], true
	}
	return Report{}, false
}

// Await returns the first report that fits, which may have come before. The test
// fails if it takes longer than within.
func (c *Client) Await(t testing.TB, within time.Duration, what string, fits func(Report) bool) Report {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	for {
		news := c.nextNews()
		if r, ok := c.Find(fits); ok {
			return r
		}
		select {
		case <-news:
		case <-deadline.C:
			t.Fatalf("%v has not seen %s within %v, but %v", c, what, within, c.Reports())
		case <-c.agent.exited:
			t.Fatal("the clients' process has ended")
		}
	}
}

// AwaitEvent returns the first event of that name.
func (c *Client) AwaitEvent(t testing.TB, within time.Duration, name string) Report {
	t.Helper()
	return c.Await(t, within, name, func(r Report) bool { return r.IsEvent(name) })
}

// AwaitKind returns the first report of that kind.
func (c *Client) AwaitKind(t testing.TB, within time.Duration, kind string) Report {
	t.Helper()
	return c.Await(t, within, kind, func(r Report) bool { return r.Kind == kind })
}

// String names the client in the message of a failed test.
func (c *Client) String() string {
	return fmt.Sprintf("client %d (%s at %s %v)", c.number, c.Version, c.URL, c.Query)
}

func (c *Client) nextNews() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.news
}

func (c *Client) heard(r Report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reports = append(c.reports, r)
	close(c.news)
	c.news = make(chan struct{})
}
