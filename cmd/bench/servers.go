package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/rollcall/rollcall/cmd/bench/process"
)

// startPatience is how long a server may take to be ready.
const startPatience = 20 * time.Second

// adminToken may do everything at the nodes: it is for what clients may not.
const adminToken = "the token of the bench"

// server is a running server in a process of its own.
type server struct {
	*process.Child
	address string // host:port
}

// startNodes starts n nodes of one cluster with these flags besides, and returns when each knows all. They
// share the machine's processors, as the nodes of "rollcall cluster" do.
func (b *bench) startNodes(ctx context.Context, cluster string, n int, flags ...string) (nodes []server, err error) {
	defer func() {
		if err != nil {
			stop(nodes)
		}
	}()
	addresses, err := process.FreeAddresses(ctx, 3*n)
	if err != nil {
		return nil, err
	}
	gossip := addresses[2*n:]
	for i := range n {
		name := fmt.Sprintf("%s-%d", cluster, i+1)
		args := append([]string{"serve", "--supervised", "--auth", "none", "--admin-token", adminToken,
			"--name", name, "--cluster-name", cluster, "--data", b.dir, "--redis-url", "redis://" + b.redis.Addr(),
			"--listen", addresses[i], "--actor", addresses[n+i], "--gossip", gossip[i], "--join", strings.Join(gossip, ","),
			"--tls", "off", "--log-level", "warn"}, flags...)
		child, err := process.Start(ctx, b.dir, name, max(1, runtime.NumCPU()/n), b.Rollcall, args...)
		if err != nil {
			return nodes, err
		}
		nodes = append(nodes, server{child, addresses[i]})
	}
	for _, node := range nodes {
		if err := node.await(ctx, func() error { return sees(ctx, node.address, n) }); err != nil {
			return nodes, err
		}
	}
	return nodes, nil
}

// sees returns an error unless a node calls the roll of n nodes.
func sees(ctx context.Context, address string, n int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/nobody/users", nil)
	if err != nil {
		return err
	}
	request.Close = true
	request.Header.Set("Authorization", "Bearer "+adminToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if got, want := response.Header.Get("Rollcall-Nodes"), fmt.Sprintf("%d/%d", n, n); got != want {
		return fmt.Errorf("%s, %s nodes answer, not %s", response.Status, got, want)
	}
	return nil
}

// startYardstick starts a hidden command of this program.
func (b *bench) startYardstick(ctx context.Context, name, command string, args ...string) (server, error) {
	addresses, err := process.FreeAddresses(ctx, 1)
	if err != nil {
		return server{}, err
	}
	s := server{address: addresses[0]}
	s.Child, err = process.Start(ctx, b.dir, name, runtime.NumCPU(), b.self, append([]string{command, "--listen", s.address}, args...)...)
	if err != nil {
		return server{}, err
	}
	if err := s.await(ctx, func() error { return accepts(ctx, s.address) }); err != nil {
		s.Stop()
		return server{}, err
	}
	return s, nil
}

func accepts(ctx context.Context, address string) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// await returns when ready does not return an error any more.
func (s server) await(ctx context.Context, ready func() error) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		if failed := s.Failed(); failed != nil {
			return failed
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server at %s is not ready: %w", s.address, err)
		case <-tick.C:
		}
	}
}

func stop(servers []server) {
	for _, s := range servers {
		s.Stop()
	}
}

func children(servers []server) []*process.Child {
	list := make([]*process.Child, len(servers))
	for i, s := range servers {
		list[i] = s.Child
	}
	return list
}
