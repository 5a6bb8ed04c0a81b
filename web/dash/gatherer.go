package dash

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors/room"
)

const (
	// pace is how often the nodes are asked while somebody watches.
	pace = time.Second
	// freshFor is how old what was gathered may be to be good for another asker.
	freshFor = 3 * pace / 4
	// mostViewers bounds the viewers of one node.
	mostViewers = 64
)

// gatherer asks all nodes how they are: once a second for all viewers together,
// while there are any, and for who asks once.
type gatherer struct {
	config  Config
	traces  *traces
	turn    chan struct{} // holds a token while somebody gathers
	memory  *memory       // used by whose turn it is
	last    *round        // likewise
	samples samples

	running sync.WaitGroup
	open    context.Context // until close
	stop    context.CancelFunc

	mu      sync.Mutex
	viewers map[*viewer]struct{}
	looping bool
}

// round is what was gathered at one time.
type round struct {
	at    time.Time
	state clusterState
	text  json.RawMessage // of the state
}

func newGatherer(config Config, traces *traces) *gatherer {
	open, stop := context.WithCancel(context.Background())
	return &gatherer{
		config: config, traces: traces, turn: make(chan struct{}, 1), memory: newMemory(),
		open: open, stop: stop, viewers: make(map[*viewer]struct{}),
	}
}

func (g *gatherer) close() {
	g.mu.Lock()
	g.stop()
	g.mu.Unlock()
	g.running.Wait()
}

// fresh returns what was gathered last, if that is not long ago, or gathers. The
// error is that of ctx.
func (g *gatherer) fresh(ctx context.Context) (*round, error) {
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if g.last != nil && time.Since(g.last.at) < freshFor {
		return g.last, nil
	}
	return g.round()
}

// round asks the nodes. It is not cut short when the one who wanted it goes away:
// others may wait for it.
func (g *gatherer) round() (*round, error) {
	r := &round{at: time.Now()}
	survey := g.config.Nodes.Survey(g.open, g.samples.after)
	g.samples.take(survey)
	r.state = clusterState{
		At: room.TimestampOf(survey.At), Node: g.config.Node, Tracing: g.traces.tracing(),
		Astray: list(g.config.Astray()),
	}
	r.state.Nodes, r.state.Traffic = g.memory.take(survey)
	text, err := json.Marshal(r.state)
	if err != nil {
		return nil, err
	}
	r.text, g.last = text, r
	return r, nil
}

// full reports whether there are as many viewers as there may be.
func (g *gatherer) full() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.viewers) >= mostViewers
}

// enter has a viewer told, soon and then once a second.
func (g *gatherer) enter(v *viewer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open.Err() != nil {
		return
	}
	g.viewers[v] = struct{}{}
	if !g.looping {
		g.looping = true
		g.running.Go(g.loop)
	}
}

func (g *gatherer) leave(v *viewer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.viewers, v)
}

// loop gathers for the viewers, until there are none or close was called.
func (g *gatherer) loop() {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		viewers := g.present()
		if viewers == nil {
			return
		}
		g.tell(viewers)
		select {
		case <-tick.C:
		case <-g.open.Done():
		}
	}
}

// present returns the viewers, or nil if the loop is to end.
func (g *gatherer) present() []*viewer {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.viewers) == 0 || g.open.Err() != nil {
		g.looping = false
		return nil
	}
	list := make([]*viewer, 0, len(g.viewers))
	for v := range g.viewers {
		list = append(list, v)
	}
	return list
}

func (g *gatherer) tell(viewers []*viewer) {
	var tracing sync.WaitGroup
	tracing.Go(func() { g.traces.gather(g.open) })
	round, err := g.fresh(g.open)
	tracing.Wait()
	if err != nil {
		if g.open.Err() == nil {
			g.config.Logger.Error("the dashboard could not gather", "err", err)
		}
		return
	}
	feeds := g.feeds()
	for _, v := range viewers {
		v.tell(round, feeds)
	}
}

// feed is what a viewer gets piece by piece.
type feed struct {
	event string
	since func(cursor uint64) (news json.RawMessage, next uint64)
}

// feeds returns those of this round. As most viewers have come equally far, what
// is encoded for one is kept for the others.
func (g *gatherer) feeds() []feed {
	feeds := []feed{{"samples", g.encodedSamples}, {"traces", g.traces.since}}
	for i, f := range feeds {
		type piece struct {
			news json.RawMessage
			next uint64
		}
		kept := make(map[uint64]piece)
		feeds[i].since = func(cursor uint64) (json.RawMessage, uint64) {
			p, ok := kept[cursor]
			if !ok {
				p.news, p.next = f.since(cursor)
				kept[cursor] = p
			}
			return p.news, p.next
		}
	}
	return feeds
}

func (g *gatherer) encodedSamples(cursor uint64) (json.RawMessage, uint64) {
	news, next := g.samples.since(cursor)
	if len(news) == 0 && cursor > 0 {
		return nil, next
	}
	text, err := json.Marshal(news)
	if err != nil {
		g.config.Logger.Error("samples cannot be encoded", "err", err)
		return nil, next
	}
	return text, next
}
