package process

import (
	"context"
	"fmt"
	"io"
	"net"
)

// FreeAddresses returns n different addresses on the loopback that nobody
// listens at, neither over TCP nor over UDP.
func FreeAddresses(ctx context.Context, n int) ([]string, error) {
	const tries = 20 // for each: a port may be free for TCP only
	var (
		config    net.ListenConfig
		addresses []string
		held      []io.Closer
	)
	defer func() {
		for _, h := range held {
			_ = h.Close()
		}
	}()
	for range n * tries {
		if len(addresses) == n {
			return addresses, nil
		}
		tcp, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		held = append(held, tcp)
		udp, err := config.ListenPacket(ctx, "udp", tcp.Addr().String())
		if err != nil {
			continue
		}
		held = append(held, udp)
		addresses = append(addresses, tcp.Addr().String())
	}
	if len(addresses) == n {
		return addresses, nil
	}
	return nil, fmt.Errorf("find %d free ports: only %d were free for TCP and UDP", n, len(addresses))
}
