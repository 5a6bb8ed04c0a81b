package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	// drainPatience is how long the clients of a node that stops may take to leave.
	drainPatience = 3 * time.Second

	// stopPatience is how long the rest of the node may take to stop.
	stopPatience = 3 * time.Second
)

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
