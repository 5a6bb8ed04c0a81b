package membership

import (
	"net"
	"strings"
	"sync"

	"github.com/hashicorp/memberlist"

	"github.com/rollcall/rollcall/actors/membership/remoting"
)

// attemptsToBind is how often a free port is looked for: one that is free over TCP may
// be taken over UDP.
const attemptsToBind = 10

// gossipPort is memberlist's own transport with a doorman.
type gossipPort struct {
	memberlist.NodeAwareTransport
	doorman *remoting.Doorman
	streams chan net.Conn
	closed  chan struct{}
	close   func() error
}

// openGossip binds to the port of the configuration, and notes which that is.
func openGossip(c *memberlist.Config) (memberlist.NodeAwareTransport, error) {
	attempts := 1
	if c.BindPort == 0 {
		attempts = attemptsToBind
	}
	for {
		t, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{
			BindAddrs: []string{c.BindAddr}, BindPort: c.BindPort, Logger: c.Logger,
		})
		if attempts--; err != nil && attempts > 0 && strings.Contains(err.Error(), "address already in use") {
			continue
		}
		if err != nil {
			return nil, err
		}
		if c.BindPort == 0 {
			c.BindPort = t.GetAutoBindPort()
			c.AdvertisePort = c.BindPort
		}
		return t, nil
	}
}

func newGossipPort(t memberlist.NodeAwareTransport, d *remoting.Doorman) *gossipPort {
	g := &gossipPort{NodeAwareTransport: t, doorman: d, streams: make(chan net.Conn), closed: make(chan struct{})}
	g.close = sync.OnceValue(func() error {
		defer close(g.closed) // last: who accepts connections waits until they are taken
		return t.Shutdown()
	})
	go g.admit()
	return g
}

// admit passes on the connections that may come in. memberlist gives each of them two
// seconds.
func (g *gossipPort) admit() {
	for {
		select {
		case <-g.closed:
			return
		case conn := <-g.NodeAwareTransport.StreamCh():
			admitted, ok := g.doorman.Admit(conn)
			if !ok {
				_ = conn.Close()
				continue
			}
			select {
			case g.streams <- admitted:
			case <-g.closed:
				_ = admitted.Close()
				return
			}
		}
	}
}

// StreamCh brings the connections that were admitted.
func (g *gossipPort) StreamCh() <-chan net.Conn { return g.streams }

// Shutdown closes the port. It is idempotent.
func (g *gossipPort) Shutdown() error { return g.close() }
