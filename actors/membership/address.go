package membership

import (
	"cmp"
	"net"
	"net/netip"
	"strconv"

	"github.com/rollcall/rollcall/protos/problem"
)

// splitAddress splits host:port, taking ports as numbers only.
func splitAddress(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err == nil {
		var n uint64
		n, err = strconv.ParseUint(text, 10, 16)
		port = int(n)
	}
	if err != nil {
		return "", 0, problem.Wrap(err, problem.Invalid, "%q is not an address of the form host:port", address)
	}
	return host, port, nil
}

// literal returns an IP address for what may be a name.
func literal(address string) (ip string, port int, err error) {
	host, port, err := splitAddress(address)
	if err != nil {
		return "", 0, err
	}
	resolved, err := net.ResolveIPAddr("ip", host)
	if err != nil {
		return "", 0, problem.Wrap(err, problem.Invalid, "The gossip address %s cannot be resolved", address)
	}
	return resolved.String(), port, nil
}

// checkPlace looks at an address to bind, and at that which is advertised instead.
func checkPlace(bind, advertised string) error {
	host, _, err := splitAddress(bind)
	if err != nil {
		return err
	}
	if advertised != "" {
		var port int
		if host, port, err = splitAddress(advertised); err != nil {
			return err
		}
		if port == 0 {
			return problem.New(problem.Invalid, "%q is advertised without a port by which other nodes could reach this one", advertised)
		}
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		return problem.New(problem.Invalid, "%q does not say under which address other nodes reach this one: advertise one, or bind to it instead of to all",
			cmp.Or(advertised, bind))
	}
	return nil
}

// checkJoin rejects addresses that could never be joined.
func checkJoin(addresses []string) error {
	for _, a := range addresses {
		if host, port, err := splitAddress(a); err != nil || host == "" || port == 0 {
			return problem.New(problem.Invalid, "The address to join %q is not of the form host:port", a)
		}
	}
	return nil
}
