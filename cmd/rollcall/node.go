package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/cluster"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/access/tokens"
	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/cmd/rollcall/listen"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web"
	"github.com/rollcall/rollcall/web/apikey"
	"github.com/rollcall/rollcall/web/dash"
	"github.com/rollcall/rollcall/web/engine"
	"github.com/rollcall/rollcall/web/gate"
	"github.com/rollcall/rollcall/web/httpserver"
	"github.com/rollcall/rollcall/web/ui"
	"github.com/rollcall/rollcall/web/visitors"
)

const (
	// drainPatience is how long the clients of a node that stops may take to leave.
	drainPatience = 3 * time.Second

	// storePatience is how long the user store may take to be looked at before clients
	// are let in all the same, to be told that it does not answer.
	storePatience = 2 * time.Second

	// stopPatience is how long the rest of the node may take to stop.
	stopPatience = 3 * time.Second
)

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
		Version:           version(), Draining: n.draining.Load,
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

// serve lets clients in.
func (n *runningNode) serve(ctx context.Context) error {
	pages, built := ui.Files()
	if !built {
		n.log.Info("the room page was not built into this binary; /ui says how to")
	}
	secure, err := n.cmd.tlsConfig(time.Now())
	if err != nil {
		return err
	}
	trust, announces, err := n.cmd.proxied()
	if err != nil {
		return err
	}
	hosts, err := n.cmd.hosts(n.cmd.Listen, n.cmd.Shared)
	if err != nil {
		return err
	}
	operators := gate.New(n.cmd.AdminToken)
	backends, err := apikey.New(n.cmd.APIKey)
	if err != nil {
		return err
	}
	n.dash = dash.New(dash.Config{
		Node: n.actors.Name(), Nodes: n.actors.Asker(), Tracing: n.tracing.tracer, Gate: operators, Version: version(), Logger: n.log,
		Tracer: n.cmd.TracerURL, Astray: n.stores.others,
	})
	transports := engine.New(engine.Config{
		Sockets: n.actors.Sockets(), Origins: n.cmd.CORSOrigin, Logger: n.log,
		Application: func(query url.Values) socket.Application { return n.dash.Beside(n.actors.Attend(query)) },
		Parameters:  []string{"room", "id_user"},
		Bodies:      quota.NewBudget(n.cmd.BodyMemory, n.cmd.BodyMemoryPerAddress), Partials: n.partials,
		Deflate: n.cmd.Compression, Open: n.cmd.open(), Pending: n.cmd.pending(), Ready: n.readiness.unready,
		Wire: socket.Wire{
			Heartbeat:      session.Heartbeat{Interval: n.cmd.PingInterval, Timeout: n.cmd.PingTimeout},
			ConnectTimeout: n.cmd.ConnectTimeout,
			MaxPayload:     int(n.cmd.MaxPayload),
			Limits:         n.cmd.quota(),
			LongestEvent:   func(event []byte) int { return n.actors.LongestEvent(event, int(n.cmd.Outbox)) },
			Outbound:       int(n.cmd.Outbox),
		},
	})
	handler := web.New(web.Config{
		Node: n.actors, Users: n.users, Engine: transports, Origins: n.cmd.CORSOrigin, Pages: pages, Logger: n.log,
		Ready: n.readiness.unready, Checks: func() []web.Check { return append(n.readiness.checks(), n.stores.check()) },
		Access: n.access(), Keys: backends, Gate: operators, Dashboard: n.dash, Metrics: n.scrapes(), Requests: &n.metrics.Requests,
		Hosts: hosts, Underway: visitors.NewTable("requests", n.cmd.requests(), n.log),
		Writes: visitors.NewRate("changes of users", n.cmd.WriteRate, n.log), TrustTraceparent: n.cmd.TrustTraceparent,
	})
	listeners, err := n.listen(ctx)
	if err != nil {
		return err
	}
	n.failed = make(chan error, len(listeners))
	connections := n.cmd.connections(n.log)
	for _, raw := range listeners {
		server := httpserver.New(trust.Wrap(n.cmd.plainly().Wrap(handler, n.cmd.tlsMode() == tlsFiles)), httpserver.Timeouts{Request: n.cmd.RequestTimeout, KeepAlive: n.cmd.KeepAlive}, n.log)
		server.ConnState = connections.State
		n.servers = append(n.servers, server)
		l := listen.New(raw, listen.Options{
			TLS: secure, Announces: announces, Wrap: func(conn net.Conn) net.Conn { return engine.NewCork(connections.Enter(conn)) }, Log: n.log, Full: func() { httpserver.CloseIdle(server) },
		})
		go func() { n.failed <- server.Serve(l) }()
	}
	return nil
}

// access returns who tells by a token whom it is of; nil if nobody is asked for one.
func (n *runningNode) access() access.Verifier {
	if n.tokens == nil {
		return nil
	}
	return n.tokens
}

// quota returns how much one client may cause.
func (c *ServeCmd) quota() quota.Limits {
	return quota.Limits{
		Frames: c.FrameRate, Packets: c.PacketRate, Bytes: c.ByteRate,
		Moves: c.JoinRate, Changes: c.ChangeRate, FanOut: c.FanoutRate,
		Rooms: c.MaxRooms,
	}
}

// scrapes answers Prometheus.
func (n *runningNode) scrapes() http.Handler {
	return promhttp.HandlerFor(metrics.NewRegistry(n.actors.Exposition()), promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelWarn), MaxRequestsInFlight: 4,
	})
}

// listen opens this node's own port and, if there is one, the shared port.
func (n *runningNode) listen(ctx context.Context) ([]net.Listener, error) {
	own, err := listen.Open(ctx, string(n.cmd.Listen))
	if err != nil {
		return nil, err
	}
	if n.cmd.Shared == "" {
		return []net.Listener{own}, nil
	}
	shared, err := listen.OpenShared(ctx, string(n.cmd.Shared))
	if err != nil {
		return nil, errors.Join(err, own.Close())
	}
	return []net.Listener{own, shared}, nil
}

// wait returns when the node is to stop, with the reason if it is an error.
func (n *runningNode) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-n.failed:
		return fmt.Errorf("serve clients: %w", err)
	case <-n.actors.Ended():
		return errors.New("the node actor, by which all joins and rolls go, has ended; this node has to be started again")
	}
}

// drain lets no client in any more, and sends those who are here away, some at a
// time, while the other nodes can still be told that they left. Until then the
// node's own port answers: balancers see that it is not ready. Requests that wait
// for something are answered.
func (n *runningNode) drain() {
	n.draining.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), n.cmd.Drain+drainPatience)
	defer cancel()
	if len(n.servers) == 0 {
		return
	}
	own, shared := n.servers[0], n.servers[1:]
	var requests sync.WaitGroup
	shut := func(server *http.Server) {
		if err := server.Shutdown(ctx); err != nil {
			n.log.Debug("requests were cut off", "err", err)
		}
	}
	for _, server := range shared { // at once: the kernel then gives connections to the other nodes
		requests.Go(func() { shut(server) })
	}
	sockets := n.actors.Sockets()
	n.log.Info("sending clients away", "sockets", sockets.Count(), "within", n.cmd.Drain)
	if err := sockets.Drain(ctx, n.cmd.Drain); err != nil {
		n.log.Warn("sockets were cut off", "sockets", sockets.Count(), "err", err)
	}
	requests.Go(func() { shut(own) })
	requests.Wait()
}

// close ends what was started, in reverse.
func (n *runningNode) close() {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	report := func(what string, err error) {
		if err != nil {
			n.log.Warn("stopping was not clean", "part", what, "err", err)
		}
	}
	if n.unwatch != nil {
		n.unwatch()
	}
	for _, server := range n.servers {
		report("http", server.Close())
	}
	if n.dash != nil {
		n.dash.Close()
	}
	if n.membership != nil {
		report("leave", n.membership.Leave(ctx))
	}
	if n.actors != nil {
		report("actors", n.actors.Stop(ctx))
	}
	if n.membership != nil {
		report("membership", n.membership.Shutdown(ctx))
	}
	if n.bus != nil {
		report("redis", n.bus.Close())
	}
	if n.tokens != nil {
		n.tokens.Close()
	}
	if n.users != nil {
		n.watching.Wait()
		report("store", n.users.Close())
	}
	n.tracing.close()
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
