package socket

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
)

// lively is a wire whose heartbeat is much shorter than what a paused client waits.
func lively(w *Wire) {
	w.Limits.Packets = 20
	w.Heartbeat = session.Heartbeat{Interval: 50 * time.Millisecond, Timeout: 100 * time.Millisecond}
}

// The pongs of a client that is slowed down come late, since they come behind all
// the rest: it is not taken for dead.
func TestSlowedDownClientIsNotTakenForDead(t *testing.T) {
	system := newTestSystem(t)
	const many = 80 // 40 more than a moment allows: 2 s
	packets := make([]string, many)
	for i := range packets {
		packets[i] = fmt.Sprintf("4%d", i)
	}
	t.Run("websocket", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newLonely(t, system)
			defer n.sockets.parts()
			for _, connects := range []func(*roamer) *client{n.here, n.elsewhere} {
				r := n.polled(nil, func(w *Wire) { w.Limits.Packets = 20 })
				ws := connects(r)
				ws.says(packets...)
				ws.hears(packets[many-1])
				ws.says("1")
				r.ends()
			}
			c := n.dial(engineio.V4, &echo{}, lively)
			c.says("40")
			answered := make(chan struct{})
			go func() {
				for range many {
					c.says(`42["x"]`)
				}
				c.says(`427["x"]`)
				close(answered)
			}()
			c.hears("437[]")
			within(t, "all to be said", answered)
			c.leaves()
		})
	})
	t.Run("polling", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newLonely(t, system)
			defer n.sockets.parts()
			r := n.polled(nil, lively)
			done := make(chan error, 1)
			began := time.Now()
			go func() { done <- r.post(n, strings.Join(packets, "\x1e")) }()
			var got []string
			for len(got) < many {
				for _, p := range withoutNoops(r.polls(n)) {
					if p != "2" {
						got = append(got, p)
					}
				}
			}
			actorstest.Must(t, within(t, "the answer", done))
			if took := time.Since(began); took < time.Second {
				t.Errorf("%d packets were taken in %v", many, took)
			}
			if strings.Join(got, " ") != strings.Join(packets, " ") {
				t.Errorf("got %q", got)
			}
		})
	})
}

// Whoever would have to wait for too long is cut off, and what it posted is not
// called a success.
func TestFloodIsCutOff(t *testing.T) {
	n := newFixture(t).start()
	slow := func(w *Wire) { w.Limits.Bytes, w.MaxPayload, w.Limits.Longest = 10, 1000, 1000 }
	long := "4" + strings.Repeat("x", 400)
	c := n.dial(engineio.V4, &echo{}, slow)
	c.says("40")
	for c.line.Receive([]byte(`42["x","`+long+`"]`), false) {
	}
	if reason := c.ends(); reason != session.TooManyBytes {
		t.Errorf("closed for %q", reason)
	}
	r := n.polled(nil, slow)
	r.posts(n, long+"\x1e"+long)
	if err := r.post(n, long+"\x1e"+long); !errors.Is(err, engineio.BadRequest) {
		t.Errorf("what was not taken is answered %v", err)
	}
	r.ends()
}

// Whoever pushes on, though each packet has to wait for a moment only, is cut off: by a
// websocket here or at another node, or by POSTs.
func TestFloodOfSmallPacketsIsCutOff(t *testing.T) {
	system := newTestSystem(t)
	synctest.Test(t, func(t *testing.T) {
		n := newLonely(t, system)
		defer n.sockets.parts()
		many := func(w *Wire) { w.Limits.Packets = 50 }
		var floods []*client
		for _, connects := range []func(*roamer) *client{n.here, n.elsewhere} {
			c := connects(n.polled(nil, many))
			go func() {
				for c.line.Receive([]byte("4x"), false) {
				}
			}()
			floods = append(floods, c)
			defer c.leaves() // lest the flood goes on
		}
		poller := n.polled(nil, many)
		posted := make(chan error, 1)
		go func() { posted <- poller.post(n, strings.TrimSuffix(strings.Repeat("4x\x1e", 5000), "\x1e")) }()
		for i, c := range floods {
			if reason := c.ends(); reason != session.TooManyPackets {
				t.Errorf("%d: closed for %q", i, reason)
			}
		}
		if err := within(t, "the answer", posted); !errors.Is(err, engineio.BadRequest) {
			t.Errorf("what was not taken is answered %v", err)
		}
		poller.ends()
	})
}

// What a reader may queue is bounded in bytes, and it holds no message of its own
// while it waits.
func TestReaderWaitsForRoomInBytes(t *testing.T) {
	system := newTestSystem(t)
	for _, size := range []int{1, 1000, lineSize / 3, lineSize, 10 * lineSize} {
		synctest.Test(t, func(t *testing.T) {
			l, socket := newTestLine(system)
			read := 0
			go func() {
				for {
					l.Ready()
					read++
					if !l.Receive(make([]byte, size), true) {
						return
					}
				}
			}()
			for range 200 {
				synctest.Wait()
				queued := len(socket.got) * size
				if held := read*size - queued; queued > max(lineSize, size) {
					t.Fatalf("%d bytes wait, beside %d that the reader holds", queued, held)
				}
				if size >= lineSize && read > 1 {
					t.Fatalf("%d messages were read ahead", read)
				}
				<-socket.got
				read--
				l.took(size)
			}
			l.hangUp()
		})
	}
}
