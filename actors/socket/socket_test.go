package socket

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
)

// echo is an application without rooms. It panics when asked to, and can be slow
// to let clients in.
type echo struct {
	refusal error
	left    chan session.Reason
}

func (e *echo) Connect(_ *Socket, _ string, _ json.RawMessage, answer func(error)) { answer(e.refusal) }

func (e *echo) Connected(*Socket, string) {}
func (e *echo) Message(*Socket, any)      {}
func (e *echo) Disconnected(_ *Socket, _ string, reason session.Reason) {
	if e.left != nil {
		e.left <- reason
	}
}

func (e *echo) Event(s *Socket, event session.Event) {
	if event.Name == "panic" {
		panic("as asked")
	}
	s.Acknowledge(event, event.Args...)
}

func TestSocketOpensAndAnswers(t *testing.T) {
	n := newFixture(t).start()
	left := make(chan session.Reason, 1)
	c := n.dial(engineio.V4, &echo{left: left})
	open := c.hears("0{")
	c.says("40", `421["x",{"a":"\ud800"}]`, `42["y"]`)
	connect := c.hears(`40{"sid":`)
	c.hears(`431[{"a":"\ud800"}]`)
	if sid, id := sidIn(t, open[1:]), sidIn(t, connect[2:]); sid == id || len(sid) != IDLength+len(n.name) || len(id) != IDLength {
		t.Errorf("sid %q, id %q: the first is a secret", sid, id)
	}
	if n.Sockets().Count() != 1 {
		t.Errorf("%d sockets", n.Sockets().Count())
	}
	c.leaves()
	if got := within(t, "the end", left); got != session.TransportClose {
		t.Errorf("left for %q", got)
	}
	actorstest.Eventually(t, "the socket to end", func() bool { return n.Sockets().Count() == 0 })
	if c.line.Receive([]byte("2"), false) {
		t.Error("the line of a socket that has ended takes frames")
	}
}

func TestOwnFaultsAreNotShown(t *testing.T) {
	n := newFixture(t).start()
	c := n.dial(engineio.V4, &echo{refusal: errors.New("secret of the database")})
	c.says("40")
	if reason := c.ends(); reason != session.TryAgain {
		t.Errorf("it ended by %q", reason)
	}
	for _, frame := range c.got("") {
		if strings.Contains(frame, "secret") {
			t.Errorf("it was told %s", frame)
		}
	}
}

func TestAPanicClosesItsSocketAndNoOther(t *testing.T) {
	n := newFixture(t).start()
	bystander := n.dial(engineio.V4, &echo{})
	left := make(chan session.Reason, 1)
	c := n.dial(engineio.V4, &echo{left: left})
	c.says("40", `42["panic"]`, `421["after"]`)
	if reason := c.ends(); reason != session.ServerError {
		t.Errorf("closed for %q", reason)
	}
	if got := within(t, "the application to hear of it", left); got != session.ServerError {
		t.Errorf("left for %q", got)
	}
	if n.Panics() != 1 || len(c.got("43")) != 0 {
		t.Errorf("%d panics; after it %q", n.Panics(), c.got("43"))
	}
	bystander.says("40", `421["x"]`)
	bystander.hears("431[]")
}

// What closes a socket, and that nothing reaches its application afterwards.
func TestSocketIsClosedFor(t *testing.T) {
	n := newFixture(t).start()
	short := func(w *Wire) {
		w.Heartbeat = session.Heartbeat{Interval: 20 * time.Millisecond, Timeout: 20 * time.Millisecond}
		w.ConnectTimeout = 30 * time.Millisecond
	}
	tests := []struct {
		name    string
		version engineio.Version
		says    []string
		wire    func(*Wire)
		want    session.Reason
	}{
		{"garbage", engineio.V4, []string{"garbage"}, nil, session.ParseError},
		{"garbage of protocol 3", engineio.V3, []string{"garbage"}, nil, session.ParseError},
		{"event before connect", engineio.V4, []string{`42["x"]`}, nil, session.ParseError},
		{"bad event", engineio.V4, []string{"40", "42[null]", `421["x"]`}, nil, session.ParseError},
		{"close packet", engineio.V4, []string{"40", "1", `421["x"]`}, nil, session.TransportClose},
		{"no connect", engineio.V4, nil, func(w *Wire) { w.ConnectTimeout = 20 * time.Millisecond }, session.ConnectTimeout},
		{"no pong", engineio.V4, []string{"40"}, short, session.PingTimeout},
		{"no ping of protocol 3", engineio.V3, nil, short, session.PingTimeout},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			change := test.wire
			if change == nil {
				change = func(*Wire) {}
			}
			c := n.dial(test.version, &echo{}, change)
			c.says(test.says...)
			if reason := c.ends(); reason != test.want {
				t.Errorf("closed for %q, want %q", reason, test.want)
			}
			if got := c.got("43"); len(got) != 0 {
				t.Errorf("answered %q after the end", got)
			}
		})
	}
	actorstest.Eventually(t, "all to end", func() bool { return n.Sockets().Count() == 0 })
}

func TestHeartbeatKeepsASocketAlive(t *testing.T) {
	n := newFixture(t).start()
	c := n.dial(engineio.V4, &echo{}, func(w *Wire) {
		w.Heartbeat = session.Heartbeat{Interval: 10 * time.Millisecond, Timeout: actorstest.Patience}
		w.ConnectTimeout = 20 * time.Millisecond
	})
	c.says("40")
	for i := range 5 {
		c.awaits("a ping", func() bool {
			pings := 0
			for _, f := range c.got("2") {
				if f == "2" {
					pings++
				}
			}
			return pings > i
		})
		c.says("3")
	}
	if c.Closed() != "" {
		t.Errorf("closed for %q", c.Closed())
	}
}
