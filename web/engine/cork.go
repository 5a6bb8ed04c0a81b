package engine

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/rollcall/rollcall/web/httpserver"
)

// corkKeep is the largest buffer that is kept for the next use.
const corkKeep = 64 << 10

// Cork is a connection that can hold back what is written to it, so that many
// frames leave in one system call. It sits between the network and whatever
// encodes: gorilla's framing, and TLS.
type Cork struct {
	net.Conn

	mu     sync.Mutex
	corked bool
	held   *[]byte // from buffers; not nil while corked and something was written
}

// NewCork wraps a connection as it was accepted.
func NewCork(conn net.Conn) net.Conn { return &Cork{Conn: conn} }

// corkOf returns the cork below a connection of ours, or nil. TLS and peeking
// connections lie above it.
func corkOf(conn net.Conn) *Cork {
	for {
		switch c := conn.(type) {
		case *Cork:
			return c
		case *tls.Conn:
			conn = c.NetConn()
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}

// CloseWrite ends the sending direction only, which net/http does before it closes a
// connection whose request it has not read whole.
func (c *Cork) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// NetConn returns the connection below.
func (c *Cork) NetConn() net.Conn { return c.Conn }

//nolint:gochecknoglobals // a pool is shared or it is none
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// Write writes p, or holds it back while corked.
func (c *Cork) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.corked {
		return c.Conn.Write(p)
	}
	if c.held == nil {
		c.held = buffers.Get().(*[]byte)
	}
	*c.held = append(*c.held, p...)
	return len(p), nil
}

// writePatiently writes all of p, for as long as the client takes some of it within
// each WritePatience.
func writePatiently(conn net.Conn, p []byte) error {
	for {
		if err := conn.SetWriteDeadline(time.Now().Add(httpserver.WritePatience)); err != nil {
			return err
		}
		n, err := conn.Write(p)
		if p = p[n:]; err == nil || n == 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
}

// SetWriteDeadline sets the deadline, except while corked: then nothing is
// written, and Uncork sets its own.
func (c *Cork) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.corked {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

// Cork holds back whatever is written until Uncork.
func (c *Cork) Cork() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.corked = true
}

// Uncork writes what was held back, at once, with WritePatience.
func (c *Cork) Uncork() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.corked = false
	if c.held == nil {
		return nil
	}
	err := writePatiently(c.Conn, *c.held)
	if cap(*c.held) <= corkKeep {
		*c.held = (*c.held)[:0]
		buffers.Put(c.held)
	}
	c.held = nil
	return err
}
