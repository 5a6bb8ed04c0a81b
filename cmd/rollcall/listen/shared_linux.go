package listen

import (
	"context"
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// CanShare tells whether several processes can listen on one port with the
// kernel spreading new connections evenly over them. Only Linux does: other
// systems accept the option, and then give every connection to one process.
const CanShare = true

// OpenShared is [Open] for a port that other processes of the same user share.
func OpenShared(ctx context.Context, address string) (net.Listener, error) {
	config := net.ListenConfig{
		Control: func(_, _ string, conn syscall.RawConn) error {
			var failed error
			err := conn.Control(func(fd uintptr) {
				failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
			})
			return errors.Join(err, failed)
		},
	}
	return open(ctx, config, address)
}
