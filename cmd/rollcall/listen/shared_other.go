//go:build !linux

package listen

import (
	"context"
	"net"

	"github.com/rollcall/rollcall/protos/problem"
)

// CanShare tells whether several processes can listen on one port with the
// kernel spreading new connections evenly over them. Only Linux does: other
// systems accept the option, and then give every connection to one process.
const CanShare = false

// OpenShared always fails here; see [CanShare].
func OpenShared(_ context.Context, address string) (net.Listener, error) {
	return nil, problem.New(problem.Invalid,
		"%s cannot be shared by several nodes on this system; leave out --shared, or let rollcall cluster spread the connections", address)
}
