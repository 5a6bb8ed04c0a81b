package listen

import (
	"errors"
	"fmt"
	"net"

	"github.com/pires/go-proxyproto"
)

// announcedConn is a connection of a proxy that may say first for whom it is, by the
// PROXY protocol of HAProxy, version 1 or 2.
type announcedConn struct{ *proxyproto.Conn }

// announced covers a connection that may begin so; nil for any other.
func (l *Listener) announced(conn net.Conn) *announcedConn {
	if l.options.Announces == nil || !l.options.Announces(conn.RemoteAddr()) {
		return nil
	}
	// A header is taken and need not be there: the proxy may also speak HTTP.
	return &announcedConn{proxyproto.NewConn(conn,
		proxyproto.WithPolicy(proxyproto.USE), proxyproto.SetReadHeaderTimeout(l.options.Patience))}
}

// readHeader takes the header, if there is one. Afterwards RemoteAddr, which net/http
// asks for, does not wait.
func (c *announcedConn) readHeader() error {
	if c == nil {
		return nil
	}
	if _, err := c.Read(nil); err != nil {
		return fmt.Errorf("PROXY protocol: %w", err)
	}
	return nil
}

// CloseWrite ends the sending direction only.
func (c *announcedConn) CloseWrite() error { return closeWrite(c.Raw()) }

func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
