package supervisor

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

// dialPatience bounds the time to reach one node.
const dialPatience = time.Second

// Spread accepts connections on l and passes each on, byte for byte, to one of
// the addresses in turn; one that cannot be reached is passed over. It is for
// systems on which the nodes cannot share a port. It returns nil when ctx is
// done; then l and all connections are closed.
func Spread(ctx context.Context, l net.Listener, addresses []string, log *slog.Logger) error {
	ctx, cancel := context.WithCancel(ctx)
	var passing sync.WaitGroup
	defer passing.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for turn := 0; ; turn++ {
		client, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		passing.Go(func() {
			defer client.Close()
			node, err := dialFrom(ctx, addresses, turn)
			if err != nil {
				log.Warn("no node takes a connection", "error", err)
				return
			}
			defer node.Close()
			join(ctx, client, node)
		})
	}
}

// dialFrom connects to the first address that can be reached, from turn on.
func dialFrom(ctx context.Context, addresses []string, turn int) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialPatience}
	var failed error
	for i := range addresses {
		conn, err := dialer.DialContext(ctx, "tcp", addresses[(turn+i)%len(addresses)])
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

// join copies both ways until both directions have ended, or ctx is done.
func join(ctx context.Context, a, b net.Conn) {
	stop := context.AfterFunc(ctx, func() {
		_ = a.Close()
		_ = b.Close()
	})
	defer stop()
	var copying sync.WaitGroup
	copying.Go(func() { pass(a, b) })
	copying.Go(func() { pass(b, a) })
	copying.Wait()
}

// pass copies one direction, and hands its end on. A direction that fails ends
// the other too: half a connection is of no use.
func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
		_ = half.CloseWrite()
		return
	}
	_ = to.Close()
	_ = from.Close()
}
