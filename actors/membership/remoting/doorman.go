package remoting

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
)

const (
	// mostFromOne and mostConnections bound how many connections one port of the cluster
	// takes at a time, from one address and from all. Another node needs one or two, and
	// one machine or one NAT may have all nodes behind its address.
	mostFromOne     = 256
	mostConnections = 1024
)

// Doorman counts the connections to one port. However many strangers are at it, members
// find a place: only those from their own address are in their way.
type Doorman struct {
	port          string // for the log
	log           *slog.Logger
	fromOne, most int
	isMember      func(netip.Addr) bool // whether that is the address of a member; nil for none

	mu   sync.Mutex
	all  int
	from map[netip.Addr]int
}

func NewDoorman(port string, isMember func(netip.Addr) bool, log *slog.Logger) *Doorman {
	return &Doorman{
		port: port, log: log, fromOne: mostFromOne, most: mostConnections, isMember: isMember, from: make(map[netip.Addr]int),
	}
}

// Admit counts a connection until it is closed. False: there are too many, and the
// caller closes it.
func (d *Doorman) Admit(conn net.Conn) (net.Conn, bool) {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	address := at.Addr().Unmap()
	if err != nil {
		address = netip.Addr{} // of no network: they count as one
	}
	d.mu.Lock()
	ok := d.from[address] < d.fromOne && (d.all < d.most || d.isMember != nil && d.isMember(address))
	if ok {
		d.all++
		d.from[address]++
	}
	d.mu.Unlock()
	if !ok {
		d.log.Warn("too many connections to a port of the cluster; one more was refused", "port", d.port, "from", address)
		return conn, false
	}
	return &counted{Conn: conn, leave: sync.OnceFunc(func() { d.leave(address) })}, true
}

func (d *Doorman) leave(address netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all--
	if d.from[address]--; d.from[address] == 0 {
		delete(d.from, address)
	}
}

// counted is a connection that was admitted.
type counted struct {
	net.Conn
	leave func()
}

func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}
