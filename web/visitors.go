package web

import (
	"sync"

	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/proxies"
)

// subnet is how many bits of an IPv6 address tell sites apart: of the rest, each
// site has 2^64 to choose from (RFC 6177).
const subnet = 64

// visitors counts the sockets of each IP address, of IPv6 of each /64, and all.
type visitors struct {
	perAddress, most int // 0 for any number

	mu    sync.Mutex
	all   int
	count map[string]int // by site, unless any number is allowed
}

func newVisitors(perAddress, most int) *visitors {
	return &visitors{perAddress: perAddress, most: most, count: make(map[string]int)}
}

// enter lets one more socket of an address in, if there may be one; leave is to be
// called when that has ended. The error is [problem.Unavailable].
func (v *visitors) enter(remote string) (leave func(), err error) {
	if v.perAddress == 0 && v.most == 0 {
		return func() {}, nil
	}
	host := siteOf(remote)
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.most > 0 && v.all >= v.most:
		return nil, problem.New(problem.Unavailable, "This node has as many connections as it takes: %d", v.most)
	case v.perAddress > 0 && v.count[host] >= v.perAddress:
		return nil, problem.New(problem.Unavailable, "Too many connections from this address: %d", v.perAddress)
	}
	v.all++
	if v.perAddress > 0 {
		v.count[host]++
	}
	return sync.OnceFunc(func() { v.left(host) }), nil
}

func (v *visitors) left(host string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all--
	if v.perAddress == 0 {
		return
	}
	if v.count[host]--; v.count[host] == 0 {
		delete(v.count, host)
	}
}

// siteOf returns who counts as one: an IPv4 address, or a /64 of IPv6.
func siteOf(remote string) string {
	addr := proxies.AddrOf(remote)
	if !addr.Is6() {
		if addr.IsValid() {
			return addr.String()
		}
		return remote
	}
	site, err := addr.Prefix(subnet)
	if err != nil {
		return remote
	}
	return site.String()
}
