package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// port is an address that the node binds.
type port struct {
	check, address, advertised string
	udp                        bool
}

// ports looks whether the node's ports are free, or its own already, and whether what it
// tells to others leads to them.
func (n Node) ports(ctx context.Context) (found []Finding) {
	running := n.isRunning(ctx)
	for _, p := range []port{
		{"--listen", n.Listen, "", false},
		{"--shared", n.Shared, "", false},
		{"--actor", n.Actor, n.AdvertiseActor, false},
		{"--gossip", n.Gossip, n.AdvertiseGossip, true},
	} {
		if p.address != "" {
			found = append(found, p.look(ctx, running, n.Name).of(p.check))
		}
	}
	return found
}

// isRunning reports whether the node that is examined runs.
func (n Node) isRunning(ctx context.Context) bool {
	name, _, err := healthz(ctx, dialable(n.Listen))
	return err == nil && name == n.Name
}

// healthz asks a node for its name, and for its time.
func healthz(ctx context.Context, address string) (name string, clock time.Time, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
	if err != nil {
		return "", clock, err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return "", clock, err
	}
	defer response.Body.Close()
	var said struct{ Node string }
	if err := json.NewDecoder(io.LimitReader(response.Body, 4<<10)).Decode(&said); err != nil {
		return "", clock, err
	}
	clock, err = http.ParseTime(response.Header.Get("Date"))
	return said.Node, clock, err
}

func (p port) look(ctx context.Context, running bool, name string) Finding {
	var config net.ListenConfig
	tcp, err := config.Listen(ctx, "tcp", p.address)
	if err != nil {
		return p.explain(err, running, name)
	}
	defer tcp.Close()
	if p.udp {
		udp, err := config.ListenPacket(ctx, "udp", tcp.Addr().String())
		if err != nil {
			return p.explain(err, running, name)
		}
		defer udp.Close()
	}
	if p.advertised == "" {
		return ok("%s is free", p.address)
	}
	if leadsTo(ctx, p.advertised, tcp) {
		return ok("%s is free, and %s leads there", p.address, p.advertised)
	}
	return warning("see that this port is passed on; some networks do so for other machines only",
		"%s is free, and %s does not lead there from this machine", p.address, p.advertised)
}

// leadsTo reports whether a connection to an address is accepted by a listener.
func leadsTo(ctx context.Context, address string, listener net.Listener) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	accepted := make(chan net.Addr, 1)
	go func() {
		if conn, err := listener.Accept(); err == nil { // ends with the listener
			accepted <- conn.RemoteAddr()
			_ = conn.Close()
		}
	}()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer conn.Close()
	select {
	case <-accepted:
		return true
	case <-ctx.Done():
		return false
	}
}

func (p port) explain(err error, running bool, name string) Finding {
	switch {
	case errors.Is(err, syscall.EADDRINUSE) && running:
		return ok("%s is in use; %s runs there", p.address, name)
	case errors.Is(err, syscall.EADDRINUSE):
		return wrong("stop what listens there, or choose another port", "%s is in use, and not by this node", p.address)
	case errors.Is(err, syscall.EACCES):
		return wrong("choose a port above 1023", "this user may not listen on %s", p.address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return wrong("bind to one of its addresses or, with an address to advertise, to all, as :6011", "%s is no address of this machine", p.address)
	}
	return wrong("choose another address", "%s cannot be listened on (%v)", p.address, err)
}

// dialable returns an address by which this machine reaches what listens at another one.
func dialable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return address
}
