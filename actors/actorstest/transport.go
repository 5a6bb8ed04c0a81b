package actorstest

import (
	"net"
	"strings"
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/session"
)

// Transport is the transport of a socket, in memory. It records what it is sent.
type Transport struct {
	mu     sync.Mutex
	frames []string
	closed session.Reason
	news   chan struct{} // closed with each change
	stuck  chan struct{} // not nil: Write waits until it is closed, and fails
	paused chan struct{} // not nil: Write waits until it is closed
	waits  bool          // a Write has waited for that
}

// NewTransport returns one that takes what is written.
func NewTransport() *Transport { return &Transport{news: make(chan struct{})} }

// Write takes frames, unless the client is stuck.
func (t *Transport) Write(frames []*outbox.Frame) error {
	t.mu.Lock()
	stuck, paused := t.stuck, t.paused
	t.mu.Unlock()
	if paused != nil {
		t.change(func() { t.waits = true })
		<-paused
	}
	if stuck != nil {
		<-stuck
		return net.ErrClosed
	}
	t.change(func() {
		for _, f := range frames {
			t.frames = append(t.frames, string(f.Data))
		}
	})
	return nil
}

// Close notes why the transport was closed.
func (t *Transport) Close(reason session.Reason) {
	t.change(func() {
		if t.closed == "" {
			t.closed = reason
		}
		if t.stuck != nil {
			close(t.stuck)
			t.stuck = nil
		}
		if t.paused != nil {
			close(t.paused)
			t.paused = nil
		}
	})
}

func (t *Transport) change(do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	do()
	close(t.news)
	t.news = make(chan struct{})
}

// Stick lets the client read nothing more.
func (t *Transport) Stick() { t.change(func() { t.stuck = make(chan struct{}) }) }

// Pause lets the client read nothing until Resume.
func (t *Transport) Pause() { t.change(func() { t.paused = make(chan struct{}) }) }

// Resume ends a pause.
func (t *Transport) Resume() {
	t.change(func() {
		close(t.paused)
		t.paused = nil
	})
}

// IsWaitedFor reports whether the socket of a client that pauses waits for it.
func (t *Transport) IsWaitedFor() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waits
}

// Closed returns why the transport was closed, "" if it was not.
func (t *Transport) Closed() session.Reason {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}

// Got returns what the client was sent, all of it or what begins so.
func (t *Transport) Got(prefix string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var frames []string
	for _, f := range t.frames {
		if strings.HasPrefix(f, prefix) {
			frames = append(frames, f)
		}
	}
	return frames
}

// Await waits until something is so, and reports whether that came within Patience.
func (t *Transport) Await(is func() bool) bool {
	end := time.NewTimer(Patience)
	defer end.Stop()
	for {
		t.mu.Lock()
		news := t.news
		t.mu.Unlock()
		if is() {
			return true
		}
		select {
		case <-news:
		case <-end.C:
			return false
		}
	}
}
