package membership

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/rollcall/rollcall/actors/membership/remoting"
)

// createList opens the gossip port, behind a doorman.
func (p *provider) createList(settings *memberlist.Config) (*memberlist.Memberlist, error) {
	open := p.config.transport
	if open == nil {
		open = openGossip
	}
	transport, err := open(settings)
	if err != nil {
		return nil, err
	}
	port := newGossipPort(transport, remoting.NewDoorman("gossip", p.isMember, remoting.LimitedLog(p.log)))
	settings.Transport = port
	list, err := memberlist.Create(settings)
	if err != nil {
		return nil, errors.Join(err, port.Shutdown())
	}
	return list, nil
}

func (p *provider) memberlistConfig(d *delegate) (*memberlist.Config, error) {
	at, err := p.gossipAddresses()
	if err != nil {
		return nil, err
	}
	t := p.config.Timings
	c := memberlist.DefaultLANConfig()
	c.Name = p.config.Name
	c.BindAddr, c.BindPort = at.bind, at.bindPort
	c.AdvertiseAddr, c.AdvertisePort = at.advertise, at.advertisePort
	c.ProbeInterval, c.ProbeTimeout = t.ProbeInterval, t.ProbeTimeout
	c.SuspicionMult, c.SuspicionMaxTimeoutMult = t.SuspicionMult, maxSuspicionMult
	c.AwarenessMaxMultiplier = maxSlowdown
	c.GossipInterval, c.PushPullInterval = t.Gossip, t.PushPull
	c.TCPTimeout = 2 * time.Second // a frozen peer takes a connection and never answers
	// Who took over the name of a dead node is welcome at once.
	c.DeadNodeReclaimTime = time.Nanosecond
	c.Logger = newGossipLog(p.log)
	c.Delegate, c.Events, c.Merge, c.Alive, c.Conflict = d, d, d, d, d
	if keys := p.config.Keys.Gossip(); keys != nil {
		if c.Keyring, err = memberlist.NewKeyring(keys, keys[0]); err != nil {
			return nil, fmt.Errorf("use the shared keys: %w", err)
		}
	}
	return c, nil
}

// gossipAddresses are those of memberlist, which takes no names.
type gossipAddresses struct {
	bind      string
	bindPort  int
	advertise string // "" for where it binds

	advertisePort int
}

func (p *provider) gossipAddresses() (at gossipAddresses, err error) {
	if p.config.Advertise.Gossip != "" {
		at.advertise, at.advertisePort, err = literal(p.config.Advertise.Gossip)
		if err != nil {
			return at, err
		}
	}
	host, port, err := splitAddress(p.config.GossipAddr)
	if err != nil {
		return at, err
	}
	if host != "" {
		at.bind, at.bindPort, err = literal(p.config.GossipAddr)
		return at, err
	}
	if at.bind, at.bindPort = "0.0.0.0", port; strings.Contains(at.advertise, ":") {
		at.bind = "::"
	}
	return at, nil
}

// isMember reports whether a member gossips from that address.
func (p *provider) isMember(address netip.Addr) bool {
	v := p.view.Load()
	if v == nil {
		return false
	}
	_, found := v.first(func(m Member) bool {
		at, err := netip.ParseAddrPort(m.Gossip)
		return err == nil && at.Addr().Unmap() == address
	})
	return found
}
