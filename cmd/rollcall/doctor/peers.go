package doctor

import (
	"cmp"
	"context"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos/problem"
)

// peers asks the nodes to join whether they would let this one in, and the members that
// they know whether their actors are reached.
func (n Node) peers(ctx context.Context) (found []Finding) {
	if n.Keys == nil && !n.local() {
		found = append(found, warning("set --cluster-key, the same on all nodes",
			"there is no --cluster-key, so whoever reaches the actors or the gossip of this node can command it").of("key"))
	}
	if len(n.Join) == 0 {
		return append(found, ok("there is no --join, so this is a cluster of one until others join it").of("peers"))
	}
	var (
		mu      sync.Mutex
		members = make(map[string]membership.Member)
		asking  sync.WaitGroup
	)
	ctx, cancel := context.WithTimeout(ctx, perStep)
	defer cancel()
	targets := n.targets(ctx)
	results := make([]Finding, len(targets))
	for i, target := range targets {
		asking.Go(func() {
			seen, finding := n.visit(ctx, target)
			mu.Lock()
			defer mu.Unlock()
			results[i] = finding.of("peer " + target)
			for _, m := range seen {
				members[m.Name] = m
			}
		})
	}
	asking.Wait()
	found = append(found, results...)
	delete(members, n.Name)
	return append(found, n.meet(ctx, members)...)
}

// perStep is how long one of the two steps of asking the peers may take.
const perStep = 2500 * time.Millisecond

// local reports whether other machines cannot reach this node's actors and gossip.
func (n Node) local() bool {
	for _, address := range []string{n.Actor, n.Gossip, n.AdvertiseActor, n.AdvertiseGossip} {
		host, _, _ := net.SplitHostPort(address)
		ip, err := netip.ParseAddr(host)
		if address != "" && host != "localhost" && (err != nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}

// targets returns ip:port of all that is to be joined, save this node.
func (n Node) targets(ctx context.Context) (targets []string) {
	self := n.visitor().Gossip
	for _, address := range n.Join {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			continue
		}
		ips, err := net.DefaultResolver.LookupHost(ctx, host)
		if err != nil {
			continue // see names
		}
		for _, ip := range ips {
			if at := net.JoinHostPort(ip, port); at != self {
				targets = append(targets, at)
			}
		}
	}
	slices.Sort(targets)
	return slices.Compact(targets)
}

// visit asks one of the nodes to join.
func (n Node) visit(ctx context.Context, target string) ([]membership.Member, Finding) {
	members, err := n.visitor().Visit(ctx, target)
	switch {
	case problem.CodeOf(err) == problem.Invalid:
		return nil, wrong("", "%s", problem.MessageOf(err))
	case err != nil:
		return nil, warning("if a node is to run there, start it, and open the port for TCP and UDP", "%s", problem.MessageOf(err))
	}
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Name
	}
	slices.Sort(names)
	if err := n.visitor().Ping(ctx, target); err != nil {
		return members, warning("open the port for UDP, too, in both directions", "it answers over TCP, with the members %s, and not over UDP", strings.Join(names, ", "))
	}
	return members, ok("it would let this node in; its members are %s", strings.Join(names, ", "))
}

// meet connects to the actors of members, and compares their clocks with this machine's.
func (n Node) meet(ctx context.Context, members map[string]membership.Member) []Finding {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), perStep)
	defer cancel()
	names := slices.Sorted(maps.Keys(members))
	found := make([][]Finding, len(names))
	var meeting sync.WaitGroup
	for i, name := range names {
		meeting.Go(func() {
			m := members[name]
			if err := n.visitor().Greet(ctx, m.Address); err != nil {
				do := "open the port between all nodes, or correct --advertise-actor there"
				if problem.CodeOf(err) == problem.Invalid {
					do = ""
				}
				found[i] = append(found[i], wrong(do, "%s", problem.MessageOf(err)).of("actors of "+name))
			} else {
				found[i] = append(found[i], ok("they are reached at %s", m.Address).of("actors of "+name))
			}
			// Where its clients reach it this machine need not.
			if _, clock, err := healthz(ctx, httpOf(m)); err == nil {
				found[i] = append(found[i], judgeClock(clock.Sub(time.Now()), 2*time.Second).of("clock of "+name))
			}
		})
	}
	meeting.Wait()
	return slices.Concat(found...)
}

// httpOf returns where a member answers HTTP: of one that listens everywhere, at the host
// where its gossip is reached.
func httpOf(m membership.Member) string {
	host, port, err := net.SplitHostPort(m.HTTP)
	if err != nil {
		return m.HTTP
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		gossip, _, _ := net.SplitHostPort(m.Gossip)
		host = cmp.Or(gossip, "localhost")
	}
	return net.JoinHostPort(host, port)
}
