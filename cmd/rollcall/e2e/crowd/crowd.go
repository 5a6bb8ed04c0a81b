//go:build unix

// Package crowd is the load on a cluster under test: well-behaved clients at all nodes
// that come and go, call rolls and rename users, and note all that they are told, so
// that package history can judge it. It also reads what nodes say of themselves.
package crowd

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

// Patience bounds one request or connection of a client that would give up then.
const Patience = 3 * time.Second

// Size says how many do what in a crowd.
type Size struct {
	Rooms     int
	Residents int           // clients that stay, and come back when they are dropped
	Polling   int           // of so many residents one polls, at all nodes in turn; 0 for none
	Further   int           // of so many residents one is in a second room, too; 0 for none
	Churners  int           // clients that come and go all the time
	Stay      time.Duration // at most, of these
	Ask       time.Duration // between two rolls that a node is asked for
	Rename    time.Duration // between two renames
	Speak     time.Duration // between two messages of a resident to its rooms; 0 for none
}

// Usual is a crowd that a small machine bears.
func Usual() Size {
	return Size{Rooms: 3, Residents: 36, Churners: 12, Stay: time.Second, Ask: 60 * time.Millisecond, Rename: 200 * time.Millisecond}
}

// doorWidth is how many residents enter at a time: thousands at once would be a
// test of this machine.
const doorWidth = 64

// Users is how many users there are in a new user store.
const Users = 10

// Crowd is the load on a cluster: all that it does and sees is recorded.
type Crowd struct {
	Size
	Nodes    []*harness.Node
	Recorder *history.Recorder
	Renames  *Renames

	seed uint64
	http *http.Client

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

// Gather sends a crowd to a cluster, and returns when all residents are there. It
// is sent away when the test ends.
func Gather(t testing.TB, nodes []*harness.Node, of Size, seed uint64) *Crowd {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 256}
	ctx, cancel := context.WithCancel(context.Background())
	c := &Crowd{
		Size: of, seed: seed, Nodes: nodes, end: cancel, door: make(chan struct{}, doorWidth),
		Recorder: history.NewRecorder(RollDeadline, RollMargin),
		http:     &http.Client{Transport: transport},
	}
	c.Renames = newRenames(c)
	t.Cleanup(func() {
		c.end()
		c.running.Wait()
		transport.CloseIdleConnections()
	})
	for i := range of.Residents {
		c.start(ctx, uint64(1000+i), func(ctx context.Context, r *rand.Rand) { c.reside(ctx, r, i) })
	}
	harness.Eventually(t, c.Patience(), c.All)
	for i := range of.Churners {
		c.start(ctx, uint64(100_000+i), c.churn)
	}
	for i, n := range nodes {
		c.start(ctx, uint64(i), func(ctx context.Context, r *rand.Rand) { c.ask(ctx, r, n) })
	}
	c.start(ctx, 99, c.Renames.run)
	return c
}

// Away returns how long a resident that was dropped was away, at most, since it was last
// asked.
func (c *Crowd) Away() time.Duration { return c.back.take() }

// start runs a part of the crowd with random numbers of its own, so that what each
// does follows from the seed.
func (c *Crowd) start(ctx context.Context, number uint64, do func(context.Context, *rand.Rand)) {
	c.running.Go(func() { do(ctx, rand.New(rand.NewPCG(c.seed, number))) })
}

// Patience is how long it may take until all residents are here.
func (c *Crowd) Patience() time.Duration {
	return harness.Patience + time.Duration(c.Residents)*20*time.Millisecond
}

// All tells whether every resident is here.
func (c *Crowd) All() error {
	if n := c.settled.Load(); int(n) < c.Residents {
		return fmt.Errorf("%d of %d residents are here", n, c.Residents)
	}
	return nil
}

func (c *Crowd) Room(i int) string { return fmt.Sprintf("room %d", i%c.Rooms) }

// reside stays in its rooms; sent away or cut off, it comes back by another node.
func (c *Crowd) reside(ctx context.Context, r *rand.Rand, number int) {
	rooms, user := []string{c.Room(number)}, strconv.Itoa(1+number/c.Rooms%Users)
	if one(number, c.Further) {
		rooms = append(rooms, c.Room(number+1))
	}
	dial := func(at int) dialer { return websocketAt(c.Nodes[at].Addr) }
	if one(number, c.Polling) {
		dial = c.pollingAt
	}
	at := number % len(c.Nodes)
	var lost time.Time
	for ctx.Err() == nil {
		client := c.enter(ctx, r, at, dial, user, rooms)
		if client == nil {
			return
		}
		if !lost.IsZero() {
			c.back.add(time.Since(lost))
		}
		c.settled.Add(1)
		c.speak(ctx, r, client)
		select {
		case <-client.Ended:
			lost = time.Now()
			at = r.IntN(len(c.Nodes))
		case <-ctx.Done():
			client.Leave(false)
		}
		c.settled.Add(-1)
	}
}

// one reports whether a number is the one of so many.
func one(number, of int) bool { return of > 0 && number%of == 0 }

// speak has a resident send messages to its rooms, until it or ctx ends.
func (c *Crowd) speak(ctx context.Context, r *rand.Rand, client *Client) {
	if c.Speak == 0 {
		return
	}
	Wait(ctx, time.Duration(r.Int64N(int64(c.Speak)))) // not all at once
	again := time.NewTicker(c.Speak)
	defer again.Stop()
	for {
		c.quiet.RLock()
		client.say(ctx)
		c.quiet.RUnlock()
		select {
		case <-again.C:
		case <-client.Ended:
			return
		case <-ctx.Done():
			return
		}
	}
}

// enter connects to a node, or to another one until one takes it: whoever is not taken
// stays at the door, and does not go back to the end of the queue. It returns nil if ctx
// ends before.
func (c *Crowd) enter(ctx context.Context, r *rand.Rand, at int, dial func(at int) dialer, user string, rooms []string) *Client {
	c.door <- struct{}{}
	defer func() { <-c.door }()
	for ctx.Err() == nil {
		if client := c.try(ctx, c.Nodes[at], dial(at), user, rooms); client != nil {
			return client
		}
		at = r.IntN(len(c.Nodes))
		Wait(ctx, 20*time.Millisecond)
	}
	return nil
}

// try connects to a node if it says that it is ready, as a balancer would. It returns
// nil if that failed.
func (c *Crowd) try(ctx context.Context, node *harness.Node, dial dialer, user string, rooms []string) *Client {
	c.quiet.RLock()
	defer c.quiet.RUnlock()
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	if !c.ready(ctx, node) {
		return nil
	}
	client, err := connect(ctx, c.Recorder, dial, user, rooms...)
	if err != nil {
		return nil
	}
	return client
}

// ready asks a node whether it takes clients. Who does not say so soon does not.
func (c *Crowd) ready(ctx context.Context, node *harness.Node) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	answer, err := c.Do(ctx, http.MethodGet, node.URL("/readyz"), "")
	return err == nil && answer.Status == http.StatusOK
}

// churn comes and goes.
func (c *Crowd) churn(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		c.visit(ctx, r)
		Wait(ctx, time.Duration(r.Int64N(int64(c.Stay/4))))
	}
}

// visit is one stay of a churner.
func (c *Crowd) visit(ctx context.Context, r *rand.Rand) {
	c.quiet.RLock()
	defer c.quiet.RUnlock()
	at, room, user := r.IntN(len(c.Nodes)), c.Room(r.IntN(c.Rooms)), strconv.Itoa(1+r.IntN(Users))
	asked, stay, politely := c.Nodes[r.IntN(len(c.Nodes))], time.Duration(r.Int64N(int64(c.Stay))), r.IntN(2) == 0
	dialing, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	client, err := Connect(dialing, c.Recorder, c.Nodes[at].Addr, room, user)
	if err != nil {
		return
	}
	if roll := c.Roll(dialing, asked, room); dialing.Err() == nil { // at once: its own join is in it
		c.Recorder.Answer(roll)
	}
	timer := time.NewTimer(stay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-client.Ended:
	case <-ctx.Done():
	}
	client.Leave(politely)
}

// Wait passes some time, or less if ctx ends.
func Wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
