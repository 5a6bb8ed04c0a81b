package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/cmd/rollcall/listen"
	"github.com/rollcall/rollcall/web"
	"github.com/rollcall/rollcall/web/apikey"
	"github.com/rollcall/rollcall/web/dash"
	"github.com/rollcall/rollcall/web/engine"
	"github.com/rollcall/rollcall/web/gate"
	"github.com/rollcall/rollcall/web/httpserver"
	"github.com/rollcall/rollcall/web/ui"
	"github.com/rollcall/rollcall/web/visitors"
)

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
		Parameters:  []string{"room", "id_user", "token"},
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
		Access: n.verifier(), Keys: backends, Gate: operators, Dashboard: n.dash, Metrics: n.scrapes(), Requests: &n.metrics.Requests,
		Hosts: hosts, Underway: visitors.NewTable("requests", n.cmd.requests(), n.log),
		Writes: visitors.NewRate("changes of users", n.cmd.WriteRate, n.log), TrustTraceparent: n.cmd.TrustTraceparent,
		Answers: quota.NewBudget(n.cmd.BodyMemory, n.cmd.BodyMemoryPerAddress),
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

// reader returns who reads tokens; nil if nobody is asked for one.
func (n *runningNode) reader() access.Verifier {
	if n.tokens == nil {
		return nil
	}
	return n.tokens
}

// verifier returns who reads tokens and asks the store about their users; nil likewise.
func (n *runningNode) verifier() access.Verifier {
	if n.tokens == nil {
		return nil
	}
	return n.actors
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
