// Package dash is the operator's side of a node: what the dashboard's page shows,
// over REST (/api/dash) and live, over the namespace /dash of Rollcall's own
// Socket.IO. It asks all nodes, so that any node can be asked, and says who was
// silent. It changes nothing.
package dash

import (
	"context"
	"log/slog"
	"net/url"
	"slices"

	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/gate"
)

// Config says what a dashboard shows.
type Config struct {
	Node    string         // the name of this node
	Nodes   *operate.Asker // of the cluster
	Tracing *trace.Tracer  // of this node; nil if it is off
	Gate    gate.Gate      // asked by the namespace; whoever calls Answer has asked it
	Version string
	Tracer  string // URL of a trace in an external tracer, with {trace_id} in it; "" for none
	Logger  *slog.Logger

	// Astray returns the names of the members that have another user store than this
	// node; nil for none.
	Astray func() []string
}

// Dash answers operators. Close must be called.
type Dash struct {
	config Config
	traces *traces
	gather *gatherer
}

// New returns a dashboard of the cluster that a node is in.
func New(config Config) *Dash {
	if config.Astray == nil {
		config.Astray = func() []string { return nil }
	}
	traces := newTraces(config.Nodes, config.Tracing)
	return &Dash{config: config, traces: traces, gather: newGatherer(config, traces)}
}

// Close ends what runs for those who watch.
func (d *Dash) Close() { d.gather.close() }

// Answer answers GET /api/dash/…, for path and query.
func (d *Dash) Answer(ctx context.Context, path []string, query url.Values) (any, error) {
	switch {
	case len(path) == 0:
		return d.about(), nil
	case slices.Equal(path, []string{"nodes"}):
		round, err := d.gather.fresh(ctx)
		if err != nil {
			return nil, err
		}
		return round.state, nil
	case slices.Equal(path, []string{"samples"}):
		if _, err := d.gather.fresh(ctx); err != nil {
			return nil, err
		}
		all, _ := d.gather.samples.since(0)
		return map[string][]sample{"samples": all}, nil
	case slices.Equal(path, []string{"actors"}):
		return d.actors(ctx, query)
	case len(path) == 2 && path[0] == "rooms":
		return d.room(ctx, path[1])
	case path[0] == "traces":
		return d.traces.answer(ctx, path[1:], query)
	}
	return nil, problem.New(problem.NotFound, "There is nothing here: see nodes, samples, actors, rooms/{room}, traces")
}

// about is what the page needs to know first.
type about struct {
	Node    string  `json:"node"`
	Version string  `json:"version"`
	Tracing tracing `json:"tracing"`
	Tracer  *string `json:"tracer_url"` // where an external tracer shows a trace, with {trace_id} in it
}

func (d *Dash) about() about {
	a := about{Node: d.config.Node, Version: d.config.Version, Tracing: d.traces.tracing()}
	if d.config.Tracer != "" {
		a.Tracer = &d.config.Tracer
	}
	return a
}
