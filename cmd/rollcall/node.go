package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/cluster"
	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/access/tokens"
	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/dash"
)

// storePatience is how long the user store may take to be looked at before clients
// are let in all the same, to be told that it does not answer.
const storePatience = 2 * time.Second

// runNode runs a node until ctx is done.
func runNode(ctx context.Context, cmd ServeCmd, log *slog.Logger) error {
	n := &runningNode{cmd: cmd, base: log, log: log.With("node", string(cmd.Name)), metrics: new(metrics.Metrics), directory: new(directory.Directory)}
	redis.SetLogger(redisLog{log})
	defer n.close()
	if err := n.start(ctx); err != nil {
		return err
	}
	if n.readiness.unready() == nil {
		n.log.Info("ready", "listen", string(cmd.Listen), "members", len(n.membership.View().Members))
	}
	err := n.wait(ctx)
	n.drain()
	return err
}

// runningNode is what a node consists of. What is nil was not started.
type runningNode struct {
	cmd        ServeCmd
	base       *slog.Logger // for parts that add the node's name themselves
	log        *slog.Logger
	tracing    *tracing
	users      *identity.Store
	tokens     *tokens.Verifier // nil for --auth none
	readiness  *readiness
	stores     *stores
	watching   sync.WaitGroup
	watched    context.Context // until unwatch
	unwatch    context.CancelFunc
	bus        *identity.Bus
	membership *membership.Cluster
	metrics    *metrics.Metrics
	directory  *directory.Directory // of the actors of this node
	partials   *quota.Partials      // what clients have begun to send
	actors     *actors.Node
	dash       *dash.Dash
	servers    []*http.Server
	failed     chan error
	draining   atomic.Bool
}

// start starts one part after the other. Clients are let in last, when every
// other member knows this node: a roll that is called anywhere then asks it too.
func (n *runningNode) start(ctx context.Context) (err error) {
	if n.cmd.DatabaseURL == "" && !n.cmd.Supervised {
		if err := n.cmd.prepare(ctx, n.log, false); err != nil { // a file of this machine's own
			return err
		}
	}
	if n.users, err = identity.Open(ctx, n.cmd.databaseURL(), n.log); err != nil {
		return err
	}
	n.look()
	if n.tokens, err = n.cmd.verifier(n.log); err != nil {
		return err
	}
	if n.tokens != nil {
		n.readiness.tokens = n.tokens.Ready
	}
	keys, err := clusterkey.New(n.cmd.ClusterKey)
	if err != nil {
		return err
	}
	if n.cmd.RedisURL != "" {
		if n.bus, err = identity.NewBus(n.cmd.RedisURL, identityChannel(n.cmd.ClusterName), n.cmd.redisTrust()); err != nil {
			return err
		}
		if err := n.bus.Seal(keys); err != nil {
			return err
		}
	}
	if n.tracing, err = n.cmd.Tracing.start(string(n.cmd.Name), n.log); err != nil {
		return err
	}
	if n.tracing.tracer != nil {
		n.base, n.log = traced(n.base), traced(n.log)
	}
	n.mayKnowStore(ctx)
	n.membership, err = membership.Start(ctx, membership.Config{
		Cluster: n.cmd.ClusterName, Name: string(n.cmd.Name), Keys: keys, Insecure: n.cmd.Insecure,
		ActorAddr: string(n.cmd.Actor), GossipAddr: string(n.cmd.Gossip), HTTPAddr: string(n.cmd.Listen),
		Store:     n.users.ID(),
		Advertise: membership.Advertise{Actor: string(n.cmd.AdvertiseActor), Gossip: string(n.cmd.AdvertiseGossip)},
		Join:      texts(n.cmd.Join), Kinds: []*cluster.Kind{room.NewKind(n.tracing.tracer)}, Logger: n.base,
		Packages: actors.Packages(), Doors: actors.Doors(), Sent: &n.metrics.Sent, Directory: n.directory,
	})
	if err != nil {
		return err
	}
	n.partials = quota.NewPartials(n.cmd.BodyMemory, n.cmd.BodyMemoryPerAddress)
	n.actors, err = actors.Start(actors.Config{
		Membership: n.membership, Users: n.users, Bus: n.bus, Tracer: n.tracing.tracer,
		Metrics: n.metrics, Directory: n.directory, RollDeadline: n.cmd.RollDeadline, Logger: n.base,
		MaxRooms: n.cmd.MaxRooms, MaxPerRoom: n.cmd.MaxPerRoom, OutboxMemory: n.cmd.OutboxMemory, Partials: n.partials, NoMessages: !n.cmd.Messages,
		MaxIdentityChange: n.cmd.MaxIdentityChange,
		Access:            n.reader(), Leeway: n.cmd.JWTLeeway, AnyUser: n.cmd.KnownUsers == usersAny,
		Version: version(), Draining: n.draining.Load,
	})
	if err != nil {
		return err
	}
	if err := n.actors.Introduce(ctx); err != nil {
		return err
	}
	if err := n.mayServe(ctx); err != nil {
		return err
	}
	if n.bus != nil {
		n.readiness.redis = n.actors.Redis // before anybody asks
	}
	n.watching.Go(func() { n.readiness.watch(n.watched, n.actors) })
	n.watching.Go(func() { n.stores.watch(n.watched, n.users, n.membership) })
	return n.serve(ctx)
}

// look begins to look after the user store.
func (n *runningNode) look() {
	users := identity.NewHealth(n.users, n.log)
	n.readiness = &readiness{users: users, draining: n.draining.Load, log: n.log, rivalry: func() error { return n.membership.Rivalry() }}
	n.stores = &stores{log: n.log}
	n.watched, n.unwatch = context.WithCancel(context.Background())
	n.watching.Go(func() { users.Run(n.watched) })
	n.watching.Go(func() { n.users.KeepPruned(n.watched, n.cmd.changes(), n.log) })
}

// mayKnowStore waits a while for the user store to be looked at: then the other nodes can
// say at once whether it is theirs, too.
func (n *runningNode) mayKnowStore(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	_ = n.readiness.users.FirstLook(ctx) // of which mayServe makes something
}

// mayServe returns an error if the user store can never serve this program. One that
// does not answer yet, or is not migrated yet, is waited for by [readiness].
func (n *runningNode) mayServe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	err := n.readiness.users.FirstLook(ctx)
	if problem.CodeOf(err) == problem.Invalid {
		return err
	}
	return nil
}

// traced has what is logged about a trace show in it.
func traced(log *slog.Logger) *slog.Logger { return slog.New(trace.NewLogHandler(log.Handler())) }

func texts(addresses []Address) []string {
	list := make([]string, len(addresses))
	for i, a := range addresses {
		list[i] = string(a)
	}
	return list
}
