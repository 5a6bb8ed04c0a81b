package dash

import (
	"context"
	"encoding/json"
	"net/url"
)

// Traces is what the dashboard has of traces.
type Traces interface {
	// Rate returns the part of traces that is kept, 0 to 1.
	Rate() float64
	// Answer answers GET /api/dash/traces/…, for what follows in the path.
	Answer(ctx context.Context, path []string, query url.Values) (any, error)
	// Gather takes in what is new on all nodes. It is called once a second while
	// somebody watches, and takes a quarter of a second at most.
	Gather(ctx context.Context)
	// Since returns what has come in behind a cursor as a JSON array, newest first,
	// nil if that is nothing, and the cursor for the next time. 0 is the first one,
	// for which 200 are enough.
	Since(cursor uint64) (news json.RawMessage, next uint64)
}

// tracing is {"rate":…}, null when it is off.
type tracing struct {
	Rate *float64 `json:"rate"`
}

func tracingOf(t Traces) tracing {
	if t == nil {
		return tracing{}
	}
	rate := t.Rate()
	return tracing{&rate}
}
