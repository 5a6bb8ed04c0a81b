//go:build unix

package crowd

import (
	"context"
	"net/url"

	"github.com/rollcall/rollcall/cmd/bench/wsclient"
)

// conn is a connection of Engine.IO, by whatever transport.
type conn interface {
	// NextEvent returns the next packet, valid until the next call. It answers pings.
	NextEvent() ([]byte, error)
	// Send sends a packet. It may be called from any goroutine.
	Send(packet []byte) error
	// Close ends the connection; NextEvent then returns an error.
	Close() error
}

// dialer opens a connection, for which the query says more than the transport.
type dialer func(ctx context.Context, query url.Values) (conn, error)

// websocketAt opens a websocket at an address.
func websocketAt(address string) dialer {
	return func(ctx context.Context, query url.Values) (conn, error) {
		query.Set("transport", "websocket")
		return wsclient.Dial(ctx, address, "/socket.io/?"+query.Encode(), 1024)
	}
}
