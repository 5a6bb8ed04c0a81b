//go:build unix

package e2e

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// plainConn is a bare TCP connection to a node.
type plainConn struct {
	net.Conn
	t    testing.TB
	text strings.Builder
}

func dialPlain(t testing.TB, node *harness.Node) *plainConn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", node.Addr, harness.Patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &plainConn{Conn: conn, t: t}
}

// awaits reads until the text was seen.
func (c *plainConn) awaits(text string) {
	c.t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(harness.Patience)); err != nil {
		c.t.Fatal(err)
	}
	buffer := make([]byte, 4<<10)
	for !strings.Contains(c.seen(), text) {
		n, err := c.Read(buffer)
		if err != nil {
			c.t.Fatalf("%v, after %q", err, c.seen())
		}
		c.text.Write(buffer[:n])
	}
}

func (c *plainConn) seen() string { return c.text.String() }
