package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/rollcall/rollcall/cmd/bench/figures"
	"github.com/rollcall/rollcall/cmd/bench/process"
	"github.com/rollcall/rollcall/cmd/bench/wsclient"
)

const (
	fanoutRoom = "Maths"

	// How many events are under way at the same time: a quiet room, and a busy one.
	fewInFlight, manyInFlight = 4, 64

	// busyBuffer is what a client reads at once: many events.
	busyBuffer = 8 << 10

	// landing is how long the last events may take.
	landing = 10 * time.Second
)

// fanout measures how many deliveries of events one second of the server's CPU
// time pays for. Clients send the events, one each in flight; all other sockets
// of the room get them. In Rollcall it is identity-change: read from the
// websocket, looked up in the user store, published and received over Redis
// (which is in this process), handed to the room. The bare loop reads the same
// bytes and passes them on.
func (b *bench) fanout(ctx context.Context) (report, error) {
	// A few clients send for all: more than a node takes from one.
	nodes, err := b.startNodes(ctx, "bench-fanout", 1, "--change-rate", "0", "--fanout-rate", "0")
	if err != nil {
		return report{}, err
	}
	defer stop(nodes)
	bare, err := b.startYardstick(ctx, "bare-fanout", "bare-websockets")
	if err != nil {
		return report{}, err
	}
	defer bare.Stop()

	b.say("fanout: twice %d sockets join", b.Sockets)
	ours, err := newStage(nodes[0], b.Sockets, joinAt(ctx, nodes, inOne(fanoutRoom), busyBuffer), emitted)
	if err != nil {
		return report{}, err
	}
	defer ours.crowd.disperse()
	yardstick, err := newStage(bare, b.Sockets, enterAt(ctx, bare.address), relayed)
	if err != nil {
		return report{}, err
	}
	defer yardstick.crowd.disperse()

	var (
		inFlight = []int{fewInFlight, manyInFlight}
		targets  = []figures.Target{{Ratio: 1}, {Ratio: 4}}
		r        report
		others   []float64
	)
	for i, n := range inFlight {
		r.rows = append(r.rows,
			figures.Row{What: "deliveries per CPU second, " + strconv.Itoa(n) + " events in flight", Unit: "1/s", Target: targets[i]},
			figures.Row{What: "  deliveries per second", Unit: "1/s"})
	}
	for round := range b.Rounds {
		b.say("fanout: round %d of %d", round+1, b.Rounds)
		for i, n := range inFlight {
			perCPU, perSecond := &r.rows[2*i], &r.rows[2*i+1]
			a, err := ours.fly(ctx, n, b.Duration)
			if err != nil {
				return report{}, fmt.Errorf("Rollcall: %w", err)
			}
			y, err := yardstick.fly(ctx, n, b.Duration)
			if err != nil {
				return report{}, fmt.Errorf("the bare loop: %w", err)
			}
			perCPU.Ours, perCPU.Yardstick = append(perCPU.Ours, a.perCPU()), append(perCPU.Yardstick, y.perCPU())
			perSecond.Ours, perSecond.Yardstick = append(perSecond.Ours, a.perSecond()), append(perSecond.Yardstick, y.perSecond())
			others = append(others, elsewhere(a.usage), elsewhere(y.usage))
		}
	}
	r.notes = []string{fmt.Sprintf("fanout: in a room of %d sockets, %d bytes each, sent by clients. %s",
		b.Sockets, len(relayed(0)), disturbance(others))}
	return r, nil
}

// enterAt returns how a socket connects to the bare loop: when it has, the loop
// knows it.
func enterAt(ctx context.Context, address string) func(int) (*wsclient.Conn, error) {
	return func(int) (*wsclient.Conn, error) {
		conn, err := wsclient.Dial(ctx, address, "/", busyBuffer)
		if err != nil {
			return nil, err
		}
		return conn, conn.Greet()
	}
}

// stage is a server with a crowd that receives and sends events.
type stage struct {
	server  server
	crowd   *crowd
	trigger func(sender int) []byte
	flights atomic.Pointer[flights] // that are measured now
}

func newStage(s server, sockets int, connect func(int) (*wsclient.Conn, error), trigger func(int) []byte) (*stage, error) {
	st := &stage{server: s, trigger: trigger}
	var err error
	st.crowd, err = gather(sockets, connect, func(message []byte) {
		if f := st.flights.Load(); f != nil {
			f.heard(message)
		}
	})
	return st, err
}

// flown is what was delivered in a while.
type flown struct {
	deliveries int64
	usage      process.Usage
}

func (f flown) perCPU() float64    { return float64(f.deliveries) / f.usage.Servers.Seconds() }
func (f flown) perSecond() float64 { return float64(f.deliveries) / f.usage.Wall.Seconds() }

// fly keeps n events in flight for d.
func (s *stage) fly(ctx context.Context, n int, d time.Duration) (r flown, err error) {
	triggers := make([][]byte, n)
	for i := range triggers {
		triggers[i] = s.trigger(i)
	}
	f := newFlights(len(s.crowd.conns), n, func(sender int) error { return s.crowd.conns[sender].Send(triggers[sender]) })
	s.flights.Store(f)
	f.start()
	if err := wait(ctx, warmUp); err != nil {
		return r, err
	}
	meter, err := process.Measure(s.server.Child)
	if err != nil {
		return r, err
	}
	before := f.landed.Load()
	if err := wait(ctx, d); err != nil {
		return r, err
	}
	r.deliveries = (f.landed.Load() - before) * f.others
	if r.usage, err = meter.Stop(); err != nil {
		return r, err
	}
	if err := errors.Join(f.end(ctx, landing), s.crowd.whole(), s.server.Failed()); err != nil {
		return r, err
	}
	if r.deliveries == 0 {
		return r, fmt.Errorf("no event reached all sockets within %v", d)
	}
	return r, nil
}

// wait waits while a load runs.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
