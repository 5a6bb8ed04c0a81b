package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/rollcall/rollcall/cmd/bench/figures"
	"github.com/rollcall/rollcall/cmd/bench/wsclient"
)

const (
	rollNodes = 4
	rollRoom  = "Maths"
	churn     = 10 * time.Millisecond // between two joins or leaves
)

// rolls measures queries: the roll of one room whose sockets are spread over four
// nodes, against a handler that has the bytes ready. The clients ask all nodes
// alike, or one: queries share a roll call only if they come to the same node.
func (b *bench) rolls(ctx context.Context) (report, error) {
	room, err := b.fillRoom(ctx, "bench-rolls")
	if err != nil {
		return report{}, err
	}
	defer room.close()
	nodes, sockets, body := room.nodes, room.sockets, room.roll
	file := filepath.Join(b.dir, "roll.json")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		return report{}, err
	}
	handler, err := b.startYardstick(ctx, "plain-http", "plain-http", "--body", file)
	if err != nil {
		return report{}, err
	}
	defer handler.Stop()

	few, many := figures.Target{Ratio: 0.2}, figures.Target{Ratio: 0.5}
	loads := []*rollLoad{
		{asked: 1, clients: 8, target: few},
		{asked: 1, clients: 64, target: many},
		{asked: rollNodes, clients: 8},
		{asked: rollNodes, clients: 64},
		{asked: 1, clients: 1},
	}
	for round := range b.Rounds {
		b.say("rolls: round %d of %d", round+1, b.Rounds)
		for _, l := range loads {
			if err := l.measure(ctx, nodes, handler, len(body), b.Duration); err != nil {
				return report{}, errors.Join(err, sockets.whole())
			}
		}
	}
	var r report
	for _, l := range loads {
		r.rows = append(r.rows, l.rows()...)
	}
	churned, err := b.churned(ctx, nodes)
	if err != nil {
		return report{}, err
	}
	r.rows = append(r.rows, churned...)
	r.notes = []string{fmt.Sprintf("rolls: of %d sockets, %d bytes, over %d nodes. %s%s", b.Sockets, len(body), rollNodes, shares(loads), incomplete(loads))}
	return r, sockets.whole()
}

// fullRoom is a cluster with the sockets of one room spread over its nodes.
type fullRoom struct {
	nodes   []server
	sockets *crowd
	roll    []byte // the same on all nodes
}

// fillRoom starts a cluster of four nodes with these flags, and has the sockets join.
func (b *bench) fillRoom(ctx context.Context, cluster string, flags ...string) (_ *fullRoom, err error) {
	nodes, err := b.startNodes(ctx, cluster, rollNodes, flags...)
	if err != nil {
		return nil, err
	}
	room := &fullRoom{nodes: nodes}
	defer func() {
		if err != nil {
			room.close()
		}
	}()
	b.say("%s: %d sockets join", cluster, b.Sockets)
	room.sockets, err = gather(b.Sockets, joinAt(ctx, nodes, inOne(rollRoom), idleBuffer), deaf)
	if err != nil {
		return nil, err
	}
	settled := func() (err error) {
		room.roll, err = sameRoll(ctx, nodes, b.Sockets)
		return err
	}
	if err := nodes[0].await(ctx, settled); err != nil { // a busy machine may miss a deadline
		return nil, err
	}
	return room, nil
}

func (r *fullRoom) close() {
	if r.sockets != nil {
		r.sockets.disperse()
	}
	stop(r.nodes)
}

// sameRoll returns the roll, which must be the same on all nodes.
func sameRoll(ctx context.Context, nodes []server, sockets int) ([]byte, error) {
	var first []byte
	for _, node := range nodes {
		body, err := get(ctx, "http://"+node.address+"/"+rollRoom+"/users")
		if err != nil {
			return nil, err
		}
		if n := bytes.Count(body, []byte(`"id_socket"`)); n != sockets {
			return nil, fmt.Errorf("the roll of %s has %d sockets instead of %d", node.address, n, sockets)
		}
		if first == nil {
			first = body
		}
		if !bytes.Equal(first, body) {
			return nil, fmt.Errorf("the roll of %s differs from that of %s", node.address, nodes[0].address)
		}
	}
	return first, nil
}

func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// rollLoad is what a number of clients measured, round by round.
type rollLoad struct {
	asked       int // nodes, over which the clients are spread
	clients     int
	target      figures.Target
	ours, plain []loadResult
}

func (l *rollLoad) measure(ctx context.Context, nodes []server, handler server, length int, d time.Duration) error {
	ours, err := load{nodes, nodes[:l.asked], l.clients, rollRoom, length}.run(ctx, d)
	if err != nil {
		return fmt.Errorf("from Rollcall: %w", err)
	}
	plain := []server{handler}
	theirs, err := load{plain, plain, l.clients, rollRoom, length}.run(ctx, d)
	if err != nil {
		return fmt.Errorf("from the plain handler: %w", err)
	}
	l.ours, l.plain = append(l.ours, ours), append(l.plain, theirs)
	return nil
}

func (l *rollLoad) rows() []figures.Row {
	row := func(what, unit string, figure func(loadResult) float64) figures.Row {
		r := figures.Row{What: what, Unit: unit}
		for i := range l.ours {
			r.Ours, r.Yardstick = append(r.Ours, figure(l.ours[i])), append(r.Yardstick, figure(l.plain[i]))
		}
		return r
	}
	rate := row(fmt.Sprintf("rolls, %s of %s", plural(l.clients, "client"), plural(l.asked, "node")), "1/s", loadResult.rate)
	rate.Target = l.target
	return []figures.Row{
		rate,
		row("  p50", "ms", func(r loadResult) float64 { return r.quantile(0.5) }),
		row("  p99", "ms", func(r loadResult) float64 { return r.quantile(0.99) }),
		row("  CPU per roll", "µs", loadResult.cpu),
	}
}

// shares says who used the processors.
func shares(loads []*rollLoad) string {
	var ours, plain, others []float64
	for _, l := range loads {
		for i := range l.ours {
			a, b := l.ours[i].usage, l.plain[i].usage
			ours = append(ours, share(a.Clients, a.Clients+a.Servers))
			plain = append(plain, share(b.Clients, b.Clients+b.Servers))
			others = append(others, elsewhere(a), elsewhere(b))
		}
	}
	return fmt.Sprintf("The clients took %.0f %% of the CPU time with Rollcall, %.0f %% with the plain handler. %s",
		figures.Median(ours), figures.Median(plain), disturbance(others))
}

// incomplete says how many rolls missed a node, if any did.
func incomplete(loads []*rollLoad) string {
	n := 0
	for _, l := range loads {
		for _, r := range l.ours {
			n += r.incomplete
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" %d rolls were incomplete at their deadline and are not counted.", n)
}

// churned measures rolls of a room that changes, for orientation: after a change
// the roll is encoded anew on each node that is asked. Most of the CPU time is not
// that, but the news of the change to a thousand sockets.
func (b *bench) churned(ctx context.Context, nodes []server) ([]figures.Row, error) {
	b.say("rolls: with churn")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- comeAndGo(ctx, nodes) }()
	const clients = 8
	result, err := load{nodes, nodes, clients, rollRoom, 0}.run(ctx, b.Duration)
	cancel()
	if err := errors.Join(err, <-ended); err != nil {
		return nil, err
	}
	what := fmt.Sprintf("rolls, %d clients of %d nodes, a join or leave every %v", clients, rollNodes, churn)
	return []figures.Row{
		{What: what, Unit: "1/s", Ours: []float64{result.rate()}},
		{What: "  p50", Unit: "ms", Ours: []float64{result.quantile(0.5)}},
		{What: "  p99", Unit: "ms", Ours: []float64{result.quantile(0.99)}},
		{What: "  CPU per roll", Unit: "µs", Ours: []float64{result.cpu()}},
	}, nil
}

// comeAndGo lets one socket join and leave, until ctx is done.
func comeAndGo(ctx context.Context, nodes []server) error {
	tick := time.NewTicker(churn)
	defer tick.Stop()
	var here *wsclient.Conn
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			if here != nil {
				return here.Close()
			}
			return nil
		case <-tick.C:
		}
		if here != nil {
			_ = here.Close()
			here = nil
			continue
		}
		joined, err := wsclient.Join(ctx, nodes[i/2%len(nodes)].address, rollRoom, userOf(i), idleBuffer)
		if err != nil && ctx.Err() == nil {
			return err
		}
		here = joined
	}
}
