package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rollcall/rollcall/cmd/bench/wsclient"
)

// crowd is many connected sockets.
type crowd struct {
	conns   []*wsclient.Conn
	reading sync.WaitGroup
	closing atomic.Bool
	lost    atomic.Pointer[error] // why a connection ended too early
}

// joinPatience is how long a socket may take to be in its room.
const joinPatience = 20 * time.Second

// dialers is how many connections are opened at the same time.
const dialers = 16

// gather connects n sockets and reads from each until the crowd disperses; heard
// gets every message of a socket, on a goroutine of its own for each socket. What
// heard is given is valid until it returns.
func gather(n int, connect func(i int) (*wsclient.Conn, error), heard func(message []byte)) (*crowd, error) {
	c := &crowd{conns: make([]*wsclient.Conn, n)}
	var (
		dialing sync.WaitGroup
		next    atomic.Int64
		errs    = make([]error, dialers)
	)
	for d := range dialers {
		dialing.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && errs[d] == nil; i = int(next.Add(1)) - 1 {
				if c.conns[i], errs[d] = connect(i); errs[d] == nil {
					c.reading.Go(func() { c.read(c.conns[i], heard) })
				}
			}
		})
	}
	dialing.Wait()
	for _, err := range errs {
		if err != nil { // one says enough
			c.disperse()
			return nil, err
		}
	}
	return c, nil
}

func (c *crowd) read(conn *wsclient.Conn, heard func([]byte)) {
	for {
		message, err := conn.NextEvent()
		if err != nil {
			if !c.closing.Load() {
				err = fmt.Errorf("a socket lost its connection: %w", err)
				c.lost.CompareAndSwap(nil, &err)
			}
			return
		}
		heard(message)
	}
}

// whole returns an error if a socket has lost its connection.
func (c *crowd) whole() error {
	if err := c.lost.Load(); err != nil {
		return *err
	}
	return nil
}

// disperse closes all connections, and returns when nothing is read any more.
func (c *crowd) disperse() {
	c.closing.Store(true)
	for _, conn := range c.conns {
		if conn != nil {
			_ = conn.Close()
		}
	}
	c.reading.Wait()
}

// deaf is for sockets whose messages do not matter.
func deaf([]byte) {}

// joinAt returns how the i-th socket of a room connects, spread over servers.
func joinAt(ctx context.Context, servers []server, room func(i int) string, buffer int) func(int) (*wsclient.Conn, error) {
	return func(i int) (*wsclient.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, joinPatience)
		defer cancel()
		return wsclient.Join(ctx, servers[i%len(servers)].address, room(i), userOf(i), buffer)
	}
}

// inOne is for sockets that are all in one room.
func inOne(room string) func(int) string { return func(int) string { return room } }
