package actors

import (
	"encoding/json"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/session"
)

// client is a client whose transport is in memory. It records what it is sent.
type client struct {
	t    *testing.T
	line *Line
	user string
	id   string // public, once joined
	acks int    // ids of events that want an answer

	mu     sync.Mutex
	frames []string
	closed session.Reason
	news   chan struct{} // closed with each change
	stuck  chan struct{} // not nil: Write waits until it is closed, and fails
	paused chan struct{} // not nil: Write waits until it is closed
	waits  bool          // a Write has waited for that
}

var _ Transport = (*client)(nil)

// Write takes frames, unless the client is stuck.
func (c *client) Write(frames []*outbox.Frame) error {
	c.mu.Lock()
	stuck, paused := c.stuck, c.paused
	c.mu.Unlock()
	if paused != nil {
		c.change(func() { c.waits = true })
		<-paused
	}
	if stuck != nil {
		<-stuck
		return net.ErrClosed
	}
	c.change(func() {
		for _, f := range frames {
			c.frames = append(c.frames, string(f.Data))
		}
	})
	return nil
}

// Close notes why the transport was closed.
func (c *client) Close(reason session.Reason) {
	c.change(func() {
		if c.closed == "" {
			c.closed = reason
		}
		if c.stuck != nil {
			close(c.stuck)
			c.stuck = nil
		}
		if c.paused != nil {
			close(c.paused)
			c.paused = nil
		}
	})
}

func (c *client) change(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
	close(c.news)
	c.news = make(chan struct{})
}

// stick lets the client read nothing more.
func (c *client) stick() { c.change(func() { c.stuck = make(chan struct{}) }) }

// pauses has the client read nothing until it goes on.
func (c *client) pauses() { c.change(func() { c.paused = make(chan struct{}) }) }

func (c *client) goesOn() {
	c.change(func() {
		close(c.paused)
		c.paused = nil
	})
}

// got returns what the client was sent, all of it or what begins so.
func (c *client) got(prefix string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var frames []string
	for _, f := range c.frames {
		if strings.HasPrefix(f, prefix) {
			frames = append(frames, f)
		}
	}
	return frames
}

// awaits waits until something is so.
func (c *client) awaits(what string, is func() bool) {
	c.t.Helper()
	end := time.NewTimer(actorstest.Patience)
	defer end.Stop()
	for {
		c.mu.Lock()
		news := c.news
		c.mu.Unlock()
		if is() {
			return
		}
		select {
		case <-news:
		case <-end.C:
			c.t.Fatalf("client %s of user %s waited in vain for %s; it got\n%s", c.id, c.user, what, strings.Join(c.got(""), "\n"))
		}
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
	reason := func() session.Reason {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.closed
	}
	c.awaits("its end", func() bool { return reason() != "" })
	return reason()
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
