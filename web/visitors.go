package web

import (
	"net"
	"sync"
)

// visitors counts the sockets of each IP address.
type visitors struct {
	most int // 0 for any number

	mu    sync.Mutex
	count map[string]int
}

func newVisitors(most int) *visitors { return &visitors{most: most, count: make(map[string]int)} }

// enter lets one more socket of an address in, if it may have one; leave is to be
// called when that has ended.
func (v *visitors) enter(remote string) (leave func(), ok bool) {
	if v.most == 0 {
		return func() {}, true
	}
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.count[host] >= v.most {
		return nil, false
	}
	v.count[host]++
	return sync.OnceFunc(func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.count[host]--; v.count[host] == 0 {
			delete(v.count, host)
		}
	}), true
}
