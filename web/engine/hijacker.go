package engine

import (
	"bufio"
	"net"
	"net/http"
)

// hijacker hands over a connection whose first frames came together with the
// upgrade request: gorilla refuses it if net/http has read ahead, so what was
// read is put in front of the connection again.
type hijacker struct {
	http.ResponseWriter
	paced *paced // put above the connection; nil for nothing
}

// Hijack takes the connection from net/http.
func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	n := buffered.Reader.Buffered()
	if n == 0 {
		return h.above(conn), buffered, nil
	}
	early := make([]byte, n)
	if _, err := buffered.Reader.Read(early); err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	conn = h.above(&earlyConn{Conn: conn, early: early})
	return conn, bufio.NewReadWriter(bufio.NewReaderSize(conn, readBuffer), buffered.Writer), nil
}

func (h hijacker) above(conn net.Conn) net.Conn {
	if h.paced == nil {
		return conn
	}
	h.paced.frames.Conn = conn
	return h.paced
}

// earlyConn is a connection of which some bytes were read before.
type earlyConn struct {
	net.Conn
	early []byte
}

func (c *earlyConn) Read(p []byte) (int, error) {
	if len(c.early) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.early)
	c.early = c.early[n:]
	return n, nil
}

// NetConn returns the connection below.
func (c *earlyConn) NetConn() net.Conn { return c.Conn }
