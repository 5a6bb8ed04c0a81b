package webtest

import (
	"errors"
	"net"
	"net/http"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// Serve runs a server until the test ends, on a port of its own, with what accept makes
// of each connection. It returns host:port.
func Serve(t *testing.T, server *http.Server, accept func(net.Conn) net.Conn) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	actorstest.Must(t, err)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener{l, accept}) }()
	t.Cleanup(func() {
		actorstest.Must(t, server.Close())
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

type listener struct {
	net.Listener
	accept func(net.Conn) net.Conn
}

// Accept returns what was made of the next connection.
func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.accept(conn), nil
}
