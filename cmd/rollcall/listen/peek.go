package listen

import "net"

// peeker is a connection that can show its next bytes without taking them.
type peeker interface {
	net.Conn
	Peek(n int) ([]byte, error)
}

// peekConn makes the first byte of any connection visible before it is read.
type peekConn struct {
	net.Conn
	first  [1]byte
	peeked int // how many bytes of first are still to be read
}

// Peek returns the next byte; n is always 1. It must not run beside Read.
func (c *peekConn) Peek(int) ([]byte, error) {
	for c.peeked == 0 {
		n, err := c.Conn.Read(c.first[:])
		c.peeked = n
		if n == 0 && err != nil {
			return nil, err
		}
	}
	return c.first[:], nil
}

// Read returns the byte that was peeked at, then what follows it.
func (c *peekConn) Read(p []byte) (int, error) {
	if c.peeked == 0 || len(p) == 0 {
		return c.Conn.Read(p)
	}
	c.peeked = 0
	return copy(p, c.first[:]), nil
}

// CloseWrite ends the sending direction only: net/http does so before it closes
// a connection whose request it has not read whole, so that its answer arrives.
func (c *peekConn) CloseWrite() error { return closeWrite(c.Conn) }

// NetConn returns the connection below, which Options.Wrap made.
func (c *peekConn) NetConn() net.Conn { return c.Conn }
