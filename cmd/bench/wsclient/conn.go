// Package wsclient is a websocket client that costs as little as it can: a
// benchmark shares the machine with the servers that it measures. It reads what
// the servers compared here send, and is no client for anything else.
package wsclient

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// The example of RFC 6455 §1.3. A client should draw a new key each time; what
// that guards against, a cache in between, is not on the loopback.
const (
	key    = "dGhlIHNhbXBsZSBub25jZQ=="
	accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

// Conn is one websocket connection. One goroutine reads; any may write.
type Conn struct {
	conn net.Conn
	in   *bufio.Reader
	read int // bytes of in that the message returned last occupies

	mu  sync.Mutex
	out []byte
}

// Dial opens a websocket at address, a host:port; target is the path and query.
// Messages that fit into buffer bytes are read without copying.
func Dial(ctx context.Context, address, target string, buffer int) (*Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c := &Conn{conn: conn, in: bufio.NewReaderSize(conn, max(buffer, 128))}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := c.upgrade(address, target); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("open a websocket at %s: %w", address, err)
	}
	return c, nil
}

func (c *Conn) upgrade(host, target string) error {
	_, err := fmt.Fprintf(c.conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", target, host, key)
	if err != nil {
		return err
	}
	status, err := c.in.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(status, "HTTP/1.1 101 ") {
		return fmt.Errorf("the server answered %q", strings.TrimSpace(status))
	}
	accepted := false
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		name, value, found := bytes.Cut(bytes.TrimSpace(line), []byte(":"))
		switch {
		case !found && !accepted:
			return errors.New("the server did not accept the key")
		case !found:
			return nil
		case strings.EqualFold(string(name), "Sec-WebSocket-Accept"):
			accepted = string(bytes.TrimSpace(value)) == accept
		}
	}
}

// Next returns the next text message; it is valid until the next call. Pings
// are answered on the way. The error is io.EOF when the server closed.
func (c *Conn) Next() ([]byte, error) {
	for {
		h, payload, err := c.frame()
		if err != nil {
			return nil, err
		}
		switch h.op {
		case opText:
			return payload, nil
		case opPing:
			if err := c.write(opPong, payload); err != nil {
				return nil, err
			}
		case opPong:
		case opClose:
			return nil, io.EOF
		default:
			return nil, fmt.Errorf("the server sent a frame of type %#x", h.op)
		}
	}
}

// Greet returns when the server has answered a ping: when it reads what this
// client sends. It must be called before anything else is sent or received.
func (c *Conn) Greet() error {
	if err := c.write(opPing, nil); err != nil {
		return err
	}
	h, _, err := c.frame()
	if err == nil && h.op != opPong {
		err = fmt.Errorf("the server answered a ping with a frame of type %#x", h.op)
	}
	return err
}

// frame reads one frame. Its payload is in the reader's buffer if it fits.
func (c *Conn) frame() (header, []byte, error) {
	if _, err := c.in.Discard(c.read); err != nil {
		return header{}, nil, err
	}
	c.read = 0
	start, err := c.in.Peek(2)
	if err != nil {
		return header{}, nil, err
	}
	if start, err = c.in.Peek(headerSize(start[1])); err != nil {
		return header{}, nil, err
	}
	h, err := parseHeader(start)
	if err != nil {
		return h, nil, err
	}
	if whole := h.size + h.payload; whole <= c.in.Size() {
		frame, err := c.in.Peek(whole)
		if err != nil {
			return h, nil, err
		}
		c.read = whole
		return h, frame[h.size:], nil
	}
	if _, err := c.in.Discard(h.size); err != nil {
		return h, nil, err
	}
	payload := make([]byte, h.payload)
	_, err = io.ReadFull(c.in, payload)
	return h, payload, err
}

// Send sends a text message. It may be called from any goroutine.
func (c *Conn) Send(message []byte) error { return c.write(opText, message) }

func (c *Conn) write(op byte, payload []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = AppendFrame(c.out[:0], Fin|op, payload)
	_, err := c.conn.Write(c.out)
	return err
}

// Close cuts the connection; Next then returns an error.
func (c *Conn) Close() error { return c.conn.Close() }
