package identity

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/rollcall/rollcall/protos/problem"
)

const (
	// lookEvery is the pause between two looks at the user store, and lookPatience how
	// long a look may take.
	lookEvery    = time.Second
	lookPatience = 3 * time.Second

	// mendPatience is how long a store that was fit may answer that it is not, until
	// clients are sent elsewhere: `rollcall db rollback` and `migrate` take a moment.
	mendPatience = 5 * time.Second
)

// Health knows whether users can be read here, without a query for each who asks:
// it looks by itself.
type Health struct {
	store *Store
	log   *slog.Logger

	first chan struct{} // closed after the first look

	mu    sync.Mutex
	state standing
}

// NewHealth returns the health of a store, which is not looked at before Run.
func NewHealth(store *Store, log *slog.Logger) *Health {
	return &Health{store: store, log: log, first: make(chan struct{})}
}

// Run looks at the store, again and again, until ctx ends. It must be called once.
func (h *Health) Run(ctx context.Context) {
	pause := time.NewTicker(lookEvery)
	defer pause.Stop()
	for looks := 0; ; looks++ {
		look, cancel := context.WithTimeout(ctx, lookPatience)
		err := h.store.Check(look)
		cancel()
		if ctx.Err() != nil {
			return
		}
		h.take(err, time.Now())
		if looks == 0 {
			close(h.first)
		}
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

// take takes in what a look found.
func (h *Health) take(err error, now time.Time) {
	h.mu.Lock()
	news := h.state.take(err, now)
	fit := h.state.fit
	h.mu.Unlock()
	switch {
	case !news:
	case err != nil:
		h.log.Warn("the user store is not as it should be", "err", err)
	case fit:
		h.log.Info("the user store answers")
	}
}

// FirstLook waits for the first look, and returns what it found; nil, too, if that
// takes too long for ctx.
func (h *Health) FirstLook(ctx context.Context) error {
	select {
	case <-h.first:
	case <-ctx.Done():
		return nil
	}
	return h.Last()
}

// Last returns what the last look found: nil if users can be read, else an [Unfit].
func (h *Health) Last() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state.last
}

// Unready returns why no client should be sent here, if so.
func (h *Health) Unready() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state.unready(time.Now())
}

// standing is what the looks have shown so far.
type standing struct {
	looked bool
	fit    bool      // it has once been fit for this program
	last   error     // what the last look found
	since  time.Time // since when it is of that kind
}

// take takes in what a look found, and reports whether that is of another kind than
// before.
func (s *standing) take(err error, now time.Time) (news bool) {
	news = !s.looked || faultOf(err) != faultOf(s.last)
	if news {
		s.since = now
	}
	s.looked, s.last, s.fit = true, err, s.fit || err == nil
	return news
}

// unready judges whether clients should be sent elsewhere.
//
// A node whose store was never fit lets nobody in: nothing is gained by sending
// clients there. A node that has served goes on while its database is away, for all
// nodes share that: were they to be taken out of the balancer together, nobody could
// come in any more, and those who poll, each of whose requests comes by the balancer,
// would be cut off, though their presence needs no database, and users that a node
// has seen can still join. For the same reason it goes on when the schema gets newer:
// that is how an upgrade begins, while the old nodes run.
// A store that answers and is the wrong one, though, will not mend itself.
func (s *standing) unready(now time.Time) error {
	switch fault := faultOf(s.last); {
	case !s.looked:
		return problem.New(problem.Unavailable, "the user store has not answered yet")
	case fault == "":
		return nil
	case !s.fit:
		return s.last
	case fault == Away, fault == Newer, now.Sub(s.since) < mendPatience:
		return nil
	}
	return s.last
}

// faultOf returns the kind of what a look found, "" if all was well.
func faultOf(err error) Fault {
	if err == nil {
		return ""
	}
	if unfit, ok := errors.AsType[*Unfit](err); ok {
		return unfit.Fault
	}
	return Away
}
