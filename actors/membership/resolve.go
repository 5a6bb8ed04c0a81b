package membership

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// resolvePatience is how long a name may take to be resolved. A name server that does
// not answer must not keep a node from its start.
const resolvePatience = 2 * time.Second

// resolver finds the addresses behind a name, each time anew.
type resolver func(ctx context.Context, host string) ([]netip.Addr, error)

func resolveHost(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

var errNoAddress = errors.New("the name has no address")

// place is what stands behind one address to join: any number of nodes, or, with an
// error, nobody knows whom.
type place struct {
	address string
	at      []string // ip:port of each
	err     error
}

// lookUp resolves host:port addresses, all at the same time.
func (r resolver) lookUp(ctx context.Context, addresses []string) []place {
	ctx, cancel := context.WithTimeout(ctx, resolvePatience)
	defer cancel()
	places := make([]place, len(addresses))
	var asking sync.WaitGroup
	for i, address := range addresses {
		asking.Go(func() { places[i] = r.find(ctx, address) })
	}
	asking.Wait()
	return places
}

func (r resolver) find(ctx context.Context, address string) place {
	found := place{address: address}
	host, port, err := splitAddress(address)
	if err != nil {
		found.err = err // which was checked at the start
		return found
	}
	ips, err := r(ctx, host)
	for _, ip := range ips {
		found.at = append(found.at, net.JoinHostPort(ip.Unmap().String(), strconv.Itoa(port)))
	}
	if found.err = err; err == nil && len(ips) == 0 {
		found.err = errNoAddress
	}
	return found
}

// unresolved remembers which addresses could not be resolved, and why, so that it is
// said once, and not at every try.
type unresolved map[string]string

// note takes in the outcome of a try, and reports whether there is news.
func (u unresolved) note(p place) bool {
	why := kindOf(p.err)
	if u[p.address] == why {
		return false
	}
	u[p.address] = why
	return true
}

// kindOf tells failures apart by what they mean: their texts have ports in them that
// change from one try to the next.
func kindOf(err error) string {
	if err == nil {
		return ""
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		switch {
		case dns.IsNotFound:
			return "not found"
		case dns.IsTimeout:
			return "no answer"
		}
		return "refused"
	}
	return err.Error()
}
