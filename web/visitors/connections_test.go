package visitors

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// hall is a server whose connections are bounded.
type hall struct {
	*Connections
	t       *testing.T
	address string
	proxied bool // as if a trusted proxy had opened all connections

	total   int           // accepted so far; guarded by mu
	entered chan struct{} // a request of /wait has come
	release chan struct{}
}

// announced stands for a connection of a proxy, of whose client nothing is known yet.
type announced struct{ net.Conn }

func (a announced) Raw() net.Conn        { return a.Conn }
func (a announced) RemoteAddr() net.Addr { panic("this would wait") }

type entering struct {
	net.Listener
	*hall
}

func (e entering) Accept() (net.Conn, error) {
	conn, err := e.Listener.Accept()
	if err != nil {
		return nil, err
	}
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.total++
	}()
	if e.proxied {
		return plainConn{e.Enter(announced{conn}), conn}, nil
	}
	return e.Enter(conn), nil
}

// plainConn has the address again, as after the header of the PROXY protocol.
type plainConn struct {
	net.Conn

	raw net.Conn
}

func (c plainConn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }
func (c plainConn) NetConn() net.Conn    { return c.Conn }

func newHall(t *testing.T, limits ConnectionLimits, change ...func(*hall)) *hall {
	t.Helper()
	h := &hall{Connections: NewConnections(limits, nil), t: t, entered: make(chan struct{}), release: make(chan struct{})}
	for _, with := range change {
		with(h)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	actorstest.Must(t, err)
	h.address = l.Addr().String()
	server := &http.Server{ConnState: h.State, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/wait":
			h.entered <- struct{}{}
			<-h.release
		case "/hijack":
			conn, _, err := http.NewResponseController(w).Hijack()
			actorstest.Must(t, err)
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
			t.Cleanup(func() { _ = conn.Close() })
		}
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(entering{l, h}) }()
	t.Cleanup(func() {
		actorstest.Must(t, server.Close())
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		actorstest.Eventually(t, "nothing to be counted any more", func() bool {
			h.mu.Lock()
			defer h.mu.Unlock()
			return h.all.open == 0 && len(h.sites) == 0 && h.all.new.len == 0 && h.all.idle.len == 0
		})
	})
	return h
}

// caller is a connection to a hall.
type caller struct {
	net.Conn

	t *testing.T
	r *bufio.Reader
}

// calls opens a connection from an address of this machine.
func (h *hall) calls(from string) *caller {
	h.t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: actorstest.Patience}
	before := h.accepted()
	conn, err := dialer.DialContext(h.t.Context(), "tcp", h.address)
	actorstest.Must(h.t, err)
	h.t.Cleanup(func() { _ = conn.Close() })
	actorstest.Must(h.t, conn.SetDeadline(time.Now().Add(actorstest.Patience)))
	actorstest.Eventually(h.t, "the connection to be accepted", func() bool { return h.accepted() > before })
	return &caller{conn, h.t, bufio.NewReader(conn)}
}

func (c *caller) asks(path string) {
	c.t.Helper()
	_, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
	actorstest.Must(c.t, err)
}

// hears reads an answer, and returns its status; 0 if the connection was closed.
func (c *caller) hears() int {
	c.t.Helper()
	answer, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// isClosed reports whether the connection was closed, or else waits for a moment.
func (c *caller) isClosed() bool {
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	_, err := c.r.Peek(1)
	_ = c.SetReadDeadline(time.Now().Add(actorstest.Patience))
	return err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

func (c *caller) ends() {
	c.t.Helper()
	actorstest.Eventually(c.t, "the connection to be closed", c.isClosed)
}

func (c *caller) lives() {
	c.t.Helper()
	if c.isClosed() {
		c.t.Error("the connection was closed")
	}
}

// Connections that say nothing are closed when there are too many, the oldest first, and
// never one that has something to say.
func TestSilentConnectionsAreClosed(t *testing.T) {
	h := newHall(t, ConnectionLimits{New: Limits{PerSite: 2, All: 4}})
	first, second := h.calls("127.0.0.1"), h.calls("127.0.0.1")
	_, err := io.WriteString(second, "GET / HTTP/1.1\r\nHost: x\r\n") // slowly
	actorstest.Must(t, err)
	third := h.calls("127.0.0.1")
	first.ends()
	second.lives()
	for range 5 {
		c := h.calls("127.0.0.1")
		c.asks("/")
		if status := c.hears(); status != http.StatusOK {
			t.Errorf("who speaks is answered with %d", status)
		}
	}
	second.ends()
	third.lives() // those others had something to say

	// Of others the oldest goes when there are too many in all.
	others := []*caller{h.calls("127.0.0.2"), h.calls("127.0.0.3"), h.calls("127.0.0.4"), h.calls("127.0.0.5")}
	h.calls("127.0.0.6").lives()
	others[0].ends()
	others[1].lives()
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	h := newHall(t, ConnectionLimits{Idle: Limits{PerSite: 2, All: 3}})
	rests := func(c *caller) { // the server has it rest when the answer is here already
		t.Helper()
		was := h.lastIdle()
		c.again()
		actorstest.Eventually(t, "it to be idle", func() bool { return h.lastIdle() != was })
	}
	idle := func(from string) *caller {
		t.Helper()
		c := h.calls(from)
		rests(c)
		return c
	}
	first := idle("127.0.0.1")
	second := idle("127.0.0.1")
	rests(first) // now the second has been idle for longer
	third := idle("127.0.0.1")
	second.ends()
	first.lives()
	third.lives()
	fourth := idle("127.0.0.2")
	fifth := idle("127.0.0.3")
	first.ends()
	for _, c := range []*caller{third, fourth, fifth} {
		c.lives()
		c.again()
	}
}

func (c *caller) again() {
	c.t.Helper()
	c.asks("/")
	if status := c.hears(); status != http.StatusOK {
		c.t.Errorf("answered with %d", status)
	}
}

func (h *hall) idle() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all.idle.len
}

// lastIdle returns what tells the connection that became idle last from others.
func (h *hall) lastIdle() any {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all.idle.last
}

func (h *hall) accepted() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

// When there are too many of any kind, those go first that wait for nothing but a next
// request, then those that say nothing, and only then is a new one not let in. What has
// become a websocket counts elsewhere.
func TestConnectionsHaveALimit(t *testing.T) {
	var log bytes.Buffer
	h := newHall(t, ConnectionLimits{Open: Limits{PerSite: 3}}, func(h *hall) { h.log = slog.New(slog.NewTextHandler(&log, nil)) })
	busy := func() *caller {
		c := h.calls("127.0.0.1")
		c.asks("/wait")
		<-h.entered
		return c
	}
	a, silent, idle := busy(), h.calls("127.0.0.1"), h.calls("127.0.0.1")
	idle.again()
	actorstest.Eventually(t, "one to be idle", func() bool { return h.idle() == 1 })
	b := busy()
	idle.ends()
	silent.lives()
	c := busy()
	silent.ends()
	h.calls("127.0.0.1").ends()
	other := h.calls("127.0.0.2")
	other.again()
	for _, one := range []*caller{a, b, c} {
		one.lives()
	}
	close(h.release)
	for _, one := range []*caller{a, b, c} {
		if status := one.hears(); status != http.StatusOK {
			t.Errorf("who waited is answered with %d", status)
		}
	}
	for _, one := range []*caller{a, b, c} {
		one.asks("/hijack")
		one.hears()
	}
	for range 3 {
		h.calls("127.0.0.1").again()
	}
	a.lives()
	if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "--trusted-proxy") {
		t.Errorf("logged %q", text)
	}
}

// Behind a trusted proxy are many, whose connections are bounded in all.
func TestConnectionsOfATrustedProxy(t *testing.T) {
	h := newHall(t, ConnectionLimits{New: Limits{PerSite: 1, All: 3}, Open: Limits{PerSite: 1}}, func(h *hall) { h.proxied = true })
	first, second, third := h.calls("127.0.0.1"), h.calls("127.0.0.1"), h.calls("127.0.0.1")
	first.lives()
	h.calls("127.0.0.1").lives()
	first.ends()
	second.lives()
	third.again()
}
