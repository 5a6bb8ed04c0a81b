//go:build unix

package harness

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
)

// Spray runs a proxy before some nodes that knows nothing of sessions: each
// request, and each websocket, goes to the next node that takes a connection. It
// returns the proxy's URL.
func Spray(t testing.TB, nodes ...*Node) (address string) {
	t.Helper()
	var turn atomic.Uint64
	var dialer net.Dialer
	transport := &http.Transport{
		DisableKeepAlives: true, // a connection would stick to its node
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var failed error
			for range nodes {
				conn, err := dialer.DialContext(ctx, network, nodes[turn.Add(1)%uint64(len(nodes))].Addr)
				if err == nil {
					return conn, nil
				}
				failed = errors.Join(failed, err)
			}
			return nil, failed
		},
	}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Transport:     transport,
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "cluster"})
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { // a client that is gone, or a node
			w.WriteHeader(http.StatusBadGateway)
		},
	})
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		transport.CloseIdleConnections()
	})
	return server.URL
}
