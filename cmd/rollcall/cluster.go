package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/supervisor"
)

// ClusterCmd runs a cluster on this machine: nodes as child processes, behind
// one public port.
type ClusterCmd struct {
	Nodes      int     `group:"local" env:"ROLLCALL_NODES" default:"4" placeholder:"N" help:"How many nodes to run, 1 to 64. [${default}]"`
	Listen     Address `group:"local" env:"ROLLCALL_LISTEN,PORT" default:"${listen}" placeholder:"ADDRESS" help:"Where clients reach the cluster, whichever node answers: host:port, :port or port for every interface. PORT is a number. [${default}]"`
	NodePort   int     `group:"local" env:"ROLLCALL_NODE_PORT" default:"5011" placeholder:"PORT" help:"First of the ports at which clients on this machine reach one certain node. [${default}]"`
	ActorPort  int     `group:"local" env:"ROLLCALL_ACTOR_PORT" default:"6011" placeholder:"PORT" help:"First of the ports for what the nodes' actors say to each other. [${default}]"`
	GossipPort int     `group:"local" env:"ROLLCALL_GOSSIP_PORT" default:"7011" placeholder:"PORT" help:"First of the ports by which the nodes find out who is alive. [${default}]"`

	Settings `embed:""`
}

// Help is shown below the summary of the command.
func (c *ClusterCmd) Help() string {
	return `Examples:

    rollcall cluster
    rollcall cluster --auth none --nodes 3 --listen :8080 --node-port 8081 --data /var/lib/rollcall
    rollcall cluster --ping-interval 5s --redis-url redis://localhost:6379

A node that ends is started again. Ctrl-C stops all within 10 s. The merged log is also kept in logs/cluster.log in the data folder.

Times are written with their unit: 250ms, 10s, 1m. Each flag can also be set in the environment, under the name in brackets; the flag wins.`
}

// Validate finds what cannot work, before anything is started.
func (c *ClusterCmd) Validate() error {
	if c.Listen == "" || hasAnyPort(c.Listen) {
		return fmt.Errorf("--listen is %q; the nodes share one port, so it needs a number, as 127.0.0.1:5009", string(c.Listen))
	}
	if c.Nodes < 1 || c.Nodes > 64 {
		return fmt.Errorf("--nodes is %d; it must be 1 to 64", c.Nodes)
	}
	return firstError(
		c.sayWho(c.Listen.local()),
		c.checkPort("--node-port", c.NodePort),
		c.checkPort("--actor-port", c.ActorPort),
		c.checkPort("--gossip-port", c.GossipPort),
		c.check(),
	)
}

func (c *ClusterCmd) checkPort(flag string, first int) error {
	if first < 1 || first+c.Nodes-1 > 65535 {
		return fmt.Errorf("%s is %d; the ports of %d nodes, from it on, must be 1 to 65535", flag, first, c.Nodes)
	}
	return nil
}

// Run prepares what the nodes share, and keeps them running until ctx is done.
func (c *ClusterCmd) Run(ctx context.Context, std streams) (err error) {
	outliveReaders()
	claim, err := supervisor.Claim(filepath.Join(c.Data, "cluster.pid"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, claim.Release()) }()
	if err := supervisor.CheckPorts(ctx, c.ports()); err != nil {
		return err
	}
	kept, err := supervisor.OpenLogFile(filepath.Join(c.Data, "logs", "cluster.log"))
	if err != nil {
		return fmt.Errorf("keep a log: %w", err)
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	merge := supervisor.NewMerge(append(c.names(), "cluster"),
		supervisor.Sink{Writer: std.out, Colour: colourful(std.out), Shown: true},
		supervisor.Sink{Writer: kept})
	log := c.logger(merge.Source("cluster", -1))

	c.warnOfExposed(log)
	c.warnOfStrangers(log, c.Listen)
	if c.Trace == "" {
		c.Trace = "1" // here people want to see
	}
	if err := c.prepareStore(ctx, log); err != nil {
		return err
	}
	if _, err := c.tlsConfig(time.Now()); err != nil { // once, before the nodes want it
		return err
	}
	stopRedis, err := c.hostRedis(log)
	if err != nil {
		return err
	}
	defer stopRedis()
	made, err := c.makeToken()
	if err != nil {
		return err
	}
	return c.supervise(ctx, merge, log, func() { c.tellOperators(made, merge) })
}
