package supervisor

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"

	"github.com/rollcall/rollcall/protos/problem"
)

// Port is an address that a cluster needs for itself.
type Port struct {
	Address string // host:port
	Use     string // what for, as in "the gossip of node-2"
	Flag    string // which flag changes it
	UDP     bool   // needed for UDP too
}

// CheckPorts returns an error that names the first port that is taken, or that
// two of the ports want. It cannot keep a free port free.
func CheckPorts(ctx context.Context, ports []Port) error {
	wanted := make(map[string]Port, len(ports))
	for _, port := range ports {
		number := port.number()
		if other, ok := wanted[number]; ok {
			return problem.New(problem.Invalid, "port %s is wanted both for %s and for %s; choose ports further apart with %s",
				number, other.Use, port.Use, port.Flag)
		}
		wanted[number] = port
	}
	for _, port := range ports {
		if err := port.check(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p Port) number() string {
	_, number, err := net.SplitHostPort(p.Address)
	if err != nil {
		return p.Address
	}
	return number
}

// check binds the port, and lets it go again.
func (p Port) check(ctx context.Context) error {
	var config net.ListenConfig
	bound := []func() (io.Closer, error){
		func() (io.Closer, error) { return config.Listen(ctx, "tcp", p.Address) },
		func() (io.Closer, error) { return config.ListenPacket(ctx, "udp", p.Address) },
	}
	if !p.UDP {
		bound = bound[:1]
	}
	for _, bind := range bound {
		held, err := bind()
		if err != nil {
			return p.explain(err)
		}
		if err := held.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (p Port) explain(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return problem.Wrap(err, problem.Unavailable,
			"port %s, for %s, is in use; stop what listens there (another rollcall cluster?), or choose another with %s",
			p.number(), p.Use, p.Flag)
	}
	return problem.Wrap(err, problem.Unavailable, "cannot use %s for %s; choose another address with %s",
		p.Address, p.Use, p.Flag)
}

// Loopback returns the address of a port that only this machine can reach.
func Loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
