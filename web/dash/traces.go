package dash

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"sync"

	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
)

// traceSource is the traces of the cluster; see [operate.Asker].
type traceSource interface {
	Traces(ctx context.Context, cursor operate.TraceCursor, limit int) operate.Recent
	Trace(ctx context.Context, id trace.ID) (operate.Gathered, error)
}

// traces is what the dashboard has of traces: each for who asks for it, and the
// newest for those who watch.
type traces struct {
	source traceSource
	own    *trace.Tracer       // of the asked node
	cursor operate.TraceCursor // how far it has gathered; of the gatherer's loop

	mu   sync.Mutex
	news []Summary // in the order in which they came in, at most tracesShown
	last uint64    // number of the newest
}

// newTraces returns the traces of a node's cluster. The node need not trace, and own is nil
// then: others may.
func newTraces(source traceSource, own *trace.Tracer) *traces {
	return &traces{source: source, own: own, cursor: make(operate.TraceCursor)}
}

// tracing is the share of traces that are kept, 0 to 1, null when the asked node's tracing is off.
type tracing struct {
	Rate *float64 `json:"rate"`
}

func (t *traces) tracing() tracing {
	if rate, on := t.own.Rate(); on {
		return tracing{&rate}
	}
	return tracing{}
}

// answer answers GET /api/dash/traces/…, for what follows in the path.
func (t *traces) answer(ctx context.Context, path []string, query url.Values) (any, error) {
	switch len(path) {
	case 0:
		return t.list(ctx, query)
	case 1:
		return t.trace(ctx, path[0])
	}
	return nil, problem.New(problem.NotFound, "There is nothing here: see traces and traces/{trace_id}")
}

func (t *traces) trace(ctx context.Context, text string) (Trace, error) {
	id, ok := trace.ParseID(text)
	if !ok {
		return Trace{}, problem.New(problem.NotFound, "%.40q is no id of a trace: those have 32 hexadecimal digits", text)
	}
	gathered, err := t.source.Trace(ctx, id)
	if err != nil {
		return Trace{}, err
	}
	return traceOf(gathered), nil
}

// gather takes in what is new on all nodes. It is called once a second while
// somebody watches, and takes a quarter of a second at most.
func (t *traces) gather(ctx context.Context) {
	recent := t.source.Traces(ctx, t.cursor, tracesShown)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, root := range slices.Backward(recent.Roots) {
		t.news = append(t.news, summaryOf(root))
		t.last++
	}
	if extra := len(t.news) - tracesShown; extra > 0 {
		t.news = slices.Delete(t.news, 0, extra)
	}
}

// since returns what has come in behind a cursor as a JSON array, newest first, nil
// if that is nothing, and the cursor for the next time. 0 is the first one.
func (t *traces) since(cursor uint64) (news json.RawMessage, next uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	count := min(t.last-cursor, uint64(len(t.news)))
	if count == 0 && cursor > 0 {
		return nil, t.last
	}
	fresh := slices.Clone(t.news[uint64(len(t.news))-count:])
	slices.Reverse(fresh)
	text, err := json.Marshal(fresh)
	if err != nil {
		return nil, t.last // of texts and numbers; it cannot fail
	}
	return text, t.last
}
