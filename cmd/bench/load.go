package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/rollcall/rollcall/cmd/bench/figures"
	"github.com/rollcall/rollcall/cmd/bench/process"
)

// load is a number of clients that ask for rolls, each its next one when it has
// the last.
type load struct {
	servers []server // whose CPU time counts
	asked   []server // over which the clients are spread
	clients int
	room    string
	length  int // that each roll must have, in bytes; 0 for any
}

// loadResult is what a load measured.
type loadResult struct {
	answers
	usage process.Usage
}

// answers is what one or many clients were told.
type answers struct {
	latencies  []time.Duration // of the complete rolls; in a loadResult sorted
	incomplete int             // rolls that some node missed: on a busy machine, its deadline
}

func (r loadResult) rate() float64 { return float64(len(r.latencies)) / r.usage.Wall.Seconds() }

// cpu returns the servers' processor time per roll, in microseconds.
func (r loadResult) cpu() float64 {
	return float64(r.usage.Servers.Microseconds()) / float64(len(r.latencies)+r.incomplete)
}

// quantile returns a latency in milliseconds.
func (r loadResult) quantile(q float64) float64 {
	return float64(figures.Quantile(r.latencies, q).Nanoseconds()) / 1e6
}

// warmUp is how long a load runs before it is measured.
const warmUp = 200 * time.Millisecond

// run asks for d, spread evenly over the servers asked.
func (l load) run(ctx context.Context, d time.Duration) (r loadResult, err error) {
	clients := make([]*rollClient, l.clients)
	for i := range clients {
		if clients[i], err = dialRolls(ctx, l.asked[i%len(l.asked)].address, l.room); err != nil {
			return r, err
		}
		defer clients[i].close()
	}
	if _, err := l.ask(clients, warmUp); err != nil {
		return r, err
	}
	meter, err := process.Measure(children(l.servers)...)
	if err != nil {
		return r, err
	}
	if r.answers, err = l.ask(clients, d); err != nil {
		return r, err
	}
	if r.usage, err = meter.Stop(); err != nil {
		return r, err
	}
	slices.Sort(r.latencies)
	return r, ctx.Err()
}

// ask lets all clients ask for d.
func (l load) ask(clients []*rollClient, d time.Duration) (answers, error) {
	each := make([]answers, len(clients))
	errs := make([]error, len(clients))
	var asking sync.WaitGroup
	for i, c := range clients {
		asking.Go(func() { each[i], errs[i] = l.askFor(c, d) })
	}
	asking.Wait()
	var all answers
	for i, a := range each {
		if errs[i] != nil {
			return all, errs[i]
		}
		all.latencies = append(all.latencies, a.latencies...)
		all.incomplete += a.incomplete
	}
	return all, nil
}

func (l load) askFor(c *rollClient, d time.Duration) (got answers, err error) {
	const patience = 5 * time.Second // for the last answer
	if err := c.within(d + patience); err != nil {
		return got, err
	}
	end := time.Now().Add(d)
	for now := time.Now(); now.Before(end); {
		head, err := c.ask()
		if err != nil {
			return got, err
		}
		asked := now
		now = time.Now()
		switch {
		case !head.complete:
			got.incomplete++
		case l.length != 0 && head.length != l.length:
			return got, fmt.Errorf("a roll has %d bytes instead of %d", head.length, l.length)
		default:
			got.latencies = append(got.latencies, now.Sub(asked))
		}
	}
	return got, nil
}
