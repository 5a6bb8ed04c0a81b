package listen

import (
	"context"
	"errors"
	"net"
	"syscall"

	"github.com/rollcall/rollcall/protos/problem"
)

// Open listens on a TCP address for this process alone. Its errors say what to
// do about a port that is in use or not allowed.
func Open(ctx context.Context, address string) (net.Listener, error) {
	return open(ctx, net.ListenConfig{}, address)
}

func open(ctx context.Context, config net.ListenConfig, address string) (net.Listener, error) {
	l, err := config.Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, problem.Wrap(err, problem.Unavailable,
			"%s is in use; stop the program that listens there, or choose another port", address)
	case errors.Is(err, syscall.EACCES):
		return nil, problem.Wrap(err, problem.Unavailable,
			"this user may not listen on %s; choose a port above 1023", address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, problem.Wrap(err, problem.Unavailable,
			"%s is no address of this machine; listen on one that is, or on every one by giving only the port, as :5009", address)
	}
	return nil, problem.Wrap(err, problem.Unavailable, "cannot listen on %s", address)
}
