package identity

import (
	"context"
	"time"
)

// changeLog is the log of changes, as far as a subscription reads it: the [Store].
type changeLog interface {
	ChangesAfter(ctx context.Context, seq int64, limit int) ([]Change, error)
	LastSeq(ctx context.Context) (int64, error)
	Pruned(ctx context.Context) (int64, error)
	ReadID(ctx context.Context) (string, error)
	ID() string
}

// reading is the outcome of one look at the log.
type reading struct {
	from   sequence // where it began
	begun  time.Time
	rows   []Change // what is behind that position, at most readLimit
	end    int64    // how far the log reaches, if rows is empty
	pruned int64    // up to this number changes may be missing in rows
	err    error

	store string // the id of the store; read last: should it be reset meanwhile, nothing is lost
}

// readLog reads what is behind the position, or where the log ends when there is
// nothing, or no position yet.
func readLog(ctx context.Context, changes changeLog, from sequence) reading {
	r := reading{from: from, begun: time.Now()}
	if from.placed {
		r.rows, r.err = changes.ChangesAfter(ctx, from.last, readLimit)
	}
	if r.err == nil && len(r.rows) == 0 {
		r.end, r.err = changes.LastSeq(ctx)
	}
	if r.err == nil { // after the rows, so that it tells of what was deleted until then
		r.pruned, r.err = changes.Pruned(ctx)
		r.end = max(r.end, r.pruned)
	}
	if r.err == nil {
		r.store, r.err = changes.ReadID(ctx)
	}
	return r
}
