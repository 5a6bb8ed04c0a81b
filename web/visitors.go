package web

import (
	"net"
	"sync"

	"github.com/rollcall/rollcall/protos/problem"
)

// visitors counts the sockets of each IP address, and all.
type visitors struct {
	perAddress, most int // 0 for any number

	mu    sync.Mutex
	all   int
	count map[string]int // by address, unless any number is allowed
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
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
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
