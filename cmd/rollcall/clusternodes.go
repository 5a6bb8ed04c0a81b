package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/rollcall/rollcall/cmd/rollcall/listen"
	"github.com/rollcall/rollcall/cmd/rollcall/supervisor"
)

// names returns those of all nodes: node-1, node-2, …
func (c *ClusterCmd) names() []string {
	names := make([]string, c.Nodes)
	for i := range names {
		names[i] = fmt.Sprintf("node-%d", i+1)
	}
	return names
}

// addresses returns one address of each node, the i-th at port first+i.
func (c *ClusterCmd) addresses(first int) []string {
	addresses := make([]string, c.Nodes)
	for i := range addresses {
		addresses[i] = supervisor.Loopback(first + i)
	}
	return addresses
}

// ports returns all that the cluster needs for itself.
func (c *ClusterCmd) ports() []supervisor.Port {
	ports := []supervisor.Port{{Address: string(c.Listen), Use: "clients of the cluster", Flag: "--listen"}}
	for i, name := range c.names() {
		ports = append(ports,
			supervisor.Port{Address: supervisor.Loopback(c.NodePort + i), Use: "clients of " + name, Flag: "--node-port"},
			supervisor.Port{Address: supervisor.Loopback(c.ActorPort + i), Use: "the actors of " + name, Flag: "--actor-port"},
			supervisor.Port{Address: supervisor.Loopback(c.GossipPort + i), Use: "the gossip of " + name, Flag: "--gossip-port", UDP: true})
	}
	return ports
}

// children returns the nodes as the supervisor runs them. What differs between
// them is in their arguments, where a list of processes shows it.
func (c *ClusterCmd) children(merge *supervisor.Merge) []supervisor.Node {
	join := strings.Join(c.addresses(c.GossipPort), ",")
	var nodes []supervisor.Node
	for i, name := range c.names() {
		args := []string{
			"serve", "--supervised",
			"--name", name,
			"--listen", supervisor.Loopback(c.NodePort + i),
			"--actor", supervisor.Loopback(c.ActorPort + i),
			"--gossip", supervisor.Loopback(c.GossipPort + i),
			"--join", join,
		}
		if listen.CanShare {
			args = append(args, "--shared", string(c.Listen))
		}
		if len(c.AllowedHosts) == 0 && !c.Listen.local() { // the nodes themselves may listen on this machine only
			args = append(args, "--allowed-hosts", "*")
		}
		nodes = append(nodes, supervisor.Node{Name: name, Args: args, Output: merge.Source(name, i)})
	}
	return nodes
}

// childEnvironment returns the environment of the nodes: what they have in
// common, over this process's own.
func (c *ClusterCmd) childEnvironment() []string {
	env := append(os.Environ(), environment(c.Settings.withoutFiles())...)
	if os.Getenv("GOMAXPROCS") == "" {
		env = append(env, "GOMAXPROCS="+strconv.Itoa(share(runtime.GOMAXPROCS(0), c.Nodes)))
	}
	if !listen.CanShare {
		env = append(env, "ROLLCALL_SHARED=")
	}
	return env
}

// share returns how many of this machine's processors one of its nodes is to
// use. If each takes all, the Go schedulers of the nodes wake each other up for
// nothing: that made a roll call a third dearer.
func share(processors, nodes int) int { return max(1, processors/nodes) }

// baseURL is where a person on this machine finds what listens at an address.
func (s *Settings) baseURL(listen Address) string {
	scheme, host := "https", listen.host()
	if s.tlsMode() == tlsOff {
		scheme = "http"
	}
	if listen.everywhere() || listen.local() {
		host = "localhost"
	}
	return scheme + "://" + listen.at(host)
}
