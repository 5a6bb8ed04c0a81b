// Command echo is a small server on the transports and sessions of Rollcall, with
// an application of its own that knows neither rooms nor users. The public test
// suites of the Engine.IO and Socket.IO protocols run against it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/web/engine"
	"github.com/rollcall/rollcall/web/httpserver"
)

// stopPatience is how long clients may take to leave.
const stopPatience = 2 * time.Second

type command struct {
	Listen string `default:"127.0.0.1:3000" help:"Where clients reach the server: host:port. [${default}]"`
}

func main() {
	var c command
	kong.Parse(&c, kong.Name("echo"), kong.Description("Echoes Engine.IO messages at /engine.io/ and Socket.IO events at /socket.io/."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to be done
	}
}

func run(ctx context.Context, c command) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	var listening net.ListenConfig
	l, err := listening.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger {
		return slog.New(slog.DiscardHandler) // it reports every message to who is gone
	}))
	defer system.Shutdown()
	sockets := socket.NewSockets(socket.Config{System: system, Node: "echo", Log: log})
	defer sockets.Close()

	server := httpserver.New(handler(sockets, suiteWire(), log), httpserver.Timeouts{}, log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener{l}) }()
	log.Info("ready", "listen", l.Addr().String())
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	return errors.Join(sockets.CloseAll(ctx), server.Shutdown(ctx))
}

// suiteWire has the settings that the suites expect.
func suiteWire() socket.Wire {
	return socket.Wire{
		Heartbeat:      session.Heartbeat{Interval: 300 * time.Millisecond, Timeout: 200 * time.Millisecond},
		ConnectTimeout: time.Second, MaxPayload: 1_000_000, Outbound: 16 << 20,
	}
}

// handler has the paths that the suites expect.
func handler(sockets *socket.Sockets, wire socket.Wire, log *slog.Logger) http.Handler {
	config := engine.Config{Sockets: sockets, Wire: wire, Origins: []string{"*"}, Logger: log}
	bare, events := config, config
	bare.Raw = newBare
	events.Application = newEvents
	mux := http.NewServeMux()
	mux.Handle("/engine.io/", engine.New(bare))
	mux.Handle("/socket.io/", engine.New(events))
	return mux
}

// listener accepts connections that cork.
type listener struct{ net.Listener }

// Accept returns the next connection.
func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return engine.NewCork(conn), nil
}
