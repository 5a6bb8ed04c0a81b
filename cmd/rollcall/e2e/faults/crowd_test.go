//go:build unix

package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// patience bounds one request or connection of a client that would give up then.
const patience = 3 * time.Second

// size says how many do what in a crowd.
type size struct {
	rooms     int
	residents int           // clients that stay, and come back when they are dropped
	churners  int           // clients that come and go all the time
	stay      time.Duration // at most, of these
	ask       time.Duration // between two rolls that a node is asked for
	rename    time.Duration // between two renames
}

// usual is a crowd that a small machine bears.
func usual() size {
	return size{rooms: 3, residents: 36, churners: 12, stay: time.Second, ask: 60 * time.Millisecond, rename: 200 * time.Millisecond}
}

// doorWidth is how many residents enter at a time: thousands at once would be a
// test of this machine.
const doorWidth = 64

// users is how many users there are in a new user store.
const users = 10

// crowd is the load on a cluster: all that it does and sees is recorded.
type crowd struct {
	size
	seed     uint64
	nodes    []*harness.Node
	recorder *history.Recorder
	http     *http.Client
	renames  *renames

	running sync.WaitGroup
	end     context.CancelFunc
	quiet   sync.RWMutex // held for reading by whoever does something

	door    chan struct{} // has a token for each resident that is entering
	settled atomic.Int64  // residents that are here
	back    longest       // how long a resident that was dropped was away
}

// longest is the longest of some times.
type longest struct{ atomic.Int64 }

func (l *longest) add(d time.Duration) {
	for {
		before := l.Load()
		if int64(d) <= before || l.CompareAndSwap(before, int64(d)) {
			return
		}
	}
}

// take returns it, and begins anew.
func (l *longest) take() time.Duration { return time.Duration(l.Swap(0)) }

// gather sends a crowd to a cluster, and returns when all residents are there. It
// is sent away when the test ends.
func gather(t testing.TB, nodes []*harness.Node, of size, seed uint64) *crowd {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 256}
	ctx, cancel := context.WithCancel(context.Background())
	c := &crowd{
		size: of, seed: seed, nodes: nodes, end: cancel, door: make(chan struct{}, doorWidth),
		recorder: history.NewRecorder(rollDeadline, rollMargin),
		http:     &http.Client{Transport: transport},
	}
	c.renames = newRenames(c)
	t.Cleanup(func() {
		c.end()
		c.running.Wait()
		transport.CloseIdleConnections()
	})
	for i := range of.residents {
		c.start(ctx, uint64(1000+i), func(ctx context.Context, r *rand.Rand) { c.reside(ctx, r, i) })
	}
	harness.Eventually(t, c.patience(), c.all)
	for i := range of.churners {
		c.start(ctx, uint64(100_000+i), c.churn)
	}
	for i, n := range nodes {
		c.start(ctx, uint64(i), func(ctx context.Context, r *rand.Rand) { c.ask(ctx, r, n) })
	}
	c.start(ctx, 99, c.renames.run)
	return c
}

// start runs a part of the crowd with random numbers of its own, so that what each
// does follows from the seed.
func (c *crowd) start(ctx context.Context, number uint64, do func(context.Context, *rand.Rand)) {
	c.running.Go(func() { do(ctx, rand.New(rand.NewPCG(c.seed, number))) })
}

// patience is how long it may take until all residents are here.
func (c *crowd) patience() time.Duration {
	return harness.Patience + time.Duration(c.residents)*20*time.Millisecond
}

// all tells whether every resident is here.
func (c *crowd) all() error {
	if n := c.settled.Load(); int(n) < c.residents {
		return fmt.Errorf("%d of %d residents are here", n, c.residents)
	}
	return nil
}

func (c *crowd) room(i int) string { return fmt.Sprintf("room %d", i%c.rooms) }

// reside stays in a room; sent away or cut off, it comes back by another node.
func (c *crowd) reside(ctx context.Context, r *rand.Rand, number int) {
	room, user := c.room(number), strconv.Itoa(1+number/c.rooms%users)
	at := number % len(c.nodes)
	var lost time.Time
	for ctx.Err() == nil {
		client := c.enter(ctx, r, at, room, user)
		if client == nil {
			return
		}
		if !lost.IsZero() {
			c.back.add(time.Since(lost))
		}
		c.settled.Add(1)
		select {
		case <-client.ended:
			lost = time.Now()
			at = r.IntN(len(c.nodes))
		case <-ctx.Done():
			client.leave(false)
		}
		c.settled.Add(-1)
	}
}

// enter connects to a node, or to another one until one takes it: whoever is not taken
// stays at the door, and does not go back to the end of the queue. It returns nil if ctx
// ends before.
func (c *crowd) enter(ctx context.Context, r *rand.Rand, at int, room, user string) *client {
	c.door <- struct{}{}
	defer func() { <-c.door }()
	for ctx.Err() == nil {
		if client := c.try(ctx, c.nodes[at], room, user); client != nil {
			return client
		}
		at = r.IntN(len(c.nodes))
		wait(ctx, 20*time.Millisecond)
	}
	return nil
}

// try connects to a node if it says that it is ready, as a balancer would. It returns
// nil if that failed.
func (c *crowd) try(ctx context.Context, node *harness.Node, room, user string) *client {
	c.quiet.RLock()
	defer c.quiet.RUnlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if !c.ready(ctx, node) {
		return nil
	}
	client, err := connect(ctx, c.recorder, node.Addr, room, user)
	if err != nil {
		return nil
	}
	return client
}

// ready asks a node whether it takes clients. Who does not say so soon does not.
func (c *crowd) ready(ctx context.Context, node *harness.Node) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	answer, err := c.do(ctx, http.MethodGet, node.URL("/readyz"), "")
	return err == nil && answer.status == http.StatusOK
}

// churn comes and goes.
func (c *crowd) churn(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		c.visit(ctx, r)
		wait(ctx, time.Duration(r.Int64N(int64(c.stay/4))))
	}
}

// visit is one stay of a churner.
func (c *crowd) visit(ctx context.Context, r *rand.Rand) {
	c.quiet.RLock()
	defer c.quiet.RUnlock()
	at, room, user := r.IntN(len(c.nodes)), c.room(r.IntN(c.rooms)), strconv.Itoa(1+r.IntN(users))
	asked, stay, politely := c.nodes[r.IntN(len(c.nodes))], time.Duration(r.Int64N(int64(c.stay))), r.IntN(2) == 0
	dialing, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client, err := connect(dialing, c.recorder, c.nodes[at].Addr, room, user)
	if err != nil {
		return
	}
	if roll := c.roll(dialing, asked, room); dialing.Err() == nil { // at once: its own join is in it
		c.recorder.Answer(roll)
	}
	timer := time.NewTimer(stay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-client.ended:
	case <-ctx.Done():
	}
	client.leave(politely)
}

// wait passes some time, or less if ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
