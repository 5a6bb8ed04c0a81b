package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/listen"
	"github.com/rollcall/rollcall/cmd/rollcall/supervisor"
)

// ServeCmd runs one node. With --auth alone it is a usable node of its own.
type ServeCmd struct {
	Name            NodeName  `group:"addresses" env:"ROLLCALL_NAME" default:"${name}" placeholder:"NAME" help:"Name of the node, unique in its cluster and stable over restarts; clients see it as procid. [name of this machine, or node-1]"`
	Listen          Address   `group:"addresses" env:"ROLLCALL_LISTEN,PORT" default:"${listen}" placeholder:"ADDRESS" help:"Where clients reach this node: host:port, :port or port for every interface. PORT is a number. [${default}]"`
	Shared          Address   `group:"addresses" env:"ROLLCALL_SHARED" placeholder:"ADDRESS" help:"A second address for clients, shared by the nodes of one machine, over which the kernel spreads connections; Linux only. [none]"`
	Actor           Address   `group:"addresses" env:"ROLLCALL_ACTOR" default:"127.0.0.1:6011" placeholder:"ADDRESS" help:"Where other nodes reach the actors of this one, over TCP. [${default}]"`
	Gossip          Address   `group:"addresses" env:"ROLLCALL_GOSSIP" default:"127.0.0.1:7011" placeholder:"ADDRESS" help:"Where other nodes reach this one to find out who is alive, over UDP and TCP. [${default}]"`
	AdvertiseActor  Address   `group:"addresses" env:"ROLLCALL_ADVERTISE_ACTOR" placeholder:"ADDRESS" help:"The address by which other nodes reach --actor, where that is another one: behind NAT, or of a port that a container publishes. Then --actor may be every interface. [--actor]"`
	AdvertiseGossip Address   `group:"addresses" env:"ROLLCALL_ADVERTISE_GOSSIP" placeholder:"ADDRESS" help:"Likewise of --gossip; a name is resolved once, at the start. UDP and TCP have to have the same port. [--gossip]"`
	Join            []Address `group:"addresses" env:"ROLLCALL_JOIN" placeholder:"ADDRESS" help:"Gossip addresses of any other nodes, several with commas, or one name that resolves to them, as rollcall.default.svc:7011. They need not be there yet. [none: a cluster of one]"`

	Supervised bool `hidden:"" help:"Stop when standard input ends: the supervisor is gone."`

	Settings `embed:""`
}

// Help is shown below the summary of the command.
func (c *ServeCmd) Help() string {
	return `Examples:

    rollcall serve --auth none
    rollcall serve --auth jwt --jwt-secret-file secret
    rollcall serve --auth jwt --jwks-url https://example.org/jwks.json --jwt-audience rollcall --name node-1 --listen :5009 --actor 10.0.0.1:6011 --gossip 10.0.0.1:7011 --join 10.0.0.2:7011,10.0.0.3:7011 --cluster-key "$KEY" --redis-url redis://10.0.0.9:6379 --database-url postgres://rollcall:secret@10.0.0.9/rollcall

Times are written with their unit: 250ms, 10s, 1m. Each flag can also be set in the environment, under the name in brackets; the flag wins.`
}

// Validate finds what cannot work, before anything is started.
func (c *ServeCmd) Validate() error {
	if c.Listen == "" {
		return errors.New("--listen is empty; write host:port, as 127.0.0.1:5009")
	}
	if c.Shared != "" && !listen.CanShare {
		return errors.New("--shared works on Linux only; leave it out, or use rollcall cluster, which spreads connections by itself")
	}
	if err := firstError(
		reachable("--actor", c.Actor, "--advertise-actor", c.AdvertiseActor),
		reachable("--gossip", c.Gossip, "--advertise-gossip", c.AdvertiseGossip),
	); err != nil {
		return err
	}
	if c.Actor == c.Gossip && !hasAnyPort(c.Actor) {
		return fmt.Errorf("--actor and --gossip are both %s; give them different ports", c.Actor)
	}
	if actor, gossip := cmp.Or(c.AdvertiseActor, c.Actor), cmp.Or(c.AdvertiseGossip, c.Gossip); actor == gossip && !hasAnyPort(actor) {
		return fmt.Errorf("--actor and --gossip are both advertised as %s; give them different ports", actor)
	}
	for _, address := range c.Join {
		if address.everywhere() || hasAnyPort(address) {
			return fmt.Errorf("--join: %q cannot be reached; write host:port of another node's --gossip, as 10.0.0.2:7011", string(address))
		}
	}
	return firstError(c.sayWho(false), c.check(), c.checkExposed())
}

// reachable checks an address that a node listens at, and that which it tells to others
// instead, if it does.
func reachable(flag string, address Address, advertise string, told Address) error {
	switch {
	case address == "":
		return fmt.Errorf("%s is empty; write host:port, as 10.0.0.1:6011", flag)
	case told == "" && address.everywhere():
		return fmt.Errorf("%s is %q; other nodes are told to connect to it, so it needs the address by which they reach this machine, as 10.0.0.1:6011, or that goes to %s",
			flag, string(address), advertise)
	case told != "" && (told.everywhere() || hasAnyPort(told)):
		return fmt.Errorf("%s is %q; other nodes are told to connect to it: write the host and the port by which they reach %s, as 203.0.113.7:6011",
			advertise, string(told), flag)
	}
	return nil
}

// checkExposed finds addresses that others reach while nothing keeps them out.
func (c *ServeCmd) checkExposed() error {
	if len(c.ClusterKey) > 0 || c.Insecure {
		return nil
	}
	for _, given := range []struct {
		flag    string
		address Address
	}{
		{"--actor", c.Actor}, {"--advertise-actor", c.AdvertiseActor}, {"--gossip", c.Gossip}, {"--advertise-gossip", c.AdvertiseGossip},
	} {
		if given.address != "" && !given.address.local() {
			return fmt.Errorf("%s is %s, and there is no --cluster-key: whoever reaches it could forge what users see, end rooms and read all that nodes say. "+
				"Give all nodes one key, made with openssl rand -base64 32; or say --insecure if nobody else is on that network", given.flag, given.address)
		}
	}
	return nil
}

// warn logs what may not be meant; of a node of a local cluster its supervisor does.
func (c *ServeCmd) warn(log *slog.Logger) {
	if !c.Supervised {
		c.warnOfExposed(log)
		c.warnOfStrangers(log, c.Listen, c.Shared)
	}
}

// Run is the node, until ctx is done.
func (c *ServeCmd) Run(ctx context.Context, std streams) error {
	outliveReaders()
	log := c.logger(std.err)
	c.warn(log)
	if c.Insecure && len(c.ClusterKey) == 0 {
		log.Warn("--insecure: whoever reaches --actor or --gossip can command this node, and nothing is encrypted")
	}
	if c.RedisURL == "" {
		log.Info("no Redis: changes of users go from node to node, and each node looks for them once a second")
	}
	if err := c.giveToken(std, log); err != nil {
		return err
	}
	if c.Supervised {
		ctx = supervisor.UntilOrphaned(ctx, std.in)
		// The supervisor would end a node that hangs; without one, it ends itself.
		context.AfterFunc(ctx, func() { time.AfterFunc(c.grace(), func() { os.Exit(exitFailed) }) })
	}
	return runNode(ctx, *c, log)
}

// giveToken makes a token for operators if there is none and only this machine can
// reach the node. Nodes that others reach would each have another one.
func (c *ServeCmd) giveToken(std streams, log *slog.Logger) error {
	if c.AdminToken != "" || c.Supervised {
		return nil
	}
	if !c.Listen.local() || c.Shared != "" && !c.Shared.local() {
		log.Info("no --admin-token: the dashboard, /metrics, and to add or remove users over HTTP are off")
		return nil
	}
	made, err := c.makeToken()
	if err != nil {
		return err
	}
	if made.lasts != nil {
		log.Warn("the admin token is another one after the next start", "err", made.lasts)
	}
	base := c.baseURL(c.Listen)
	if isTerminal(std.err) || made.lasts != nil {
		log.Info("the dashboard: " + dashURL(base, c.AdminToken))
	} else { // whose log is kept somewhere
		log.Info("the dashboard: "+dashURL(base, "")+", which asks for the admin token", "token_in", made.file)
	}
	return nil
}
