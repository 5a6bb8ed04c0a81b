package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web"
)

const (
	// signEvery is the pause before the node actor is asked for a sign of life again,
	// and signPatience how long it may take to give one. It has to fail twice: a
	// process that stood still finds its question unanswered.
	signEvery    = time.Second
	signPatience = 2 * time.Second
	mostMissed   = 2
)

// readiness knows whether a client that is sent to this node could join. It looks by
// itself, so that whoever asks costs nothing.
type readiness struct {
	users    *identity.Health
	redis    func() error // why it is not heard; nil while there is none, or no node
	tokens   func() error // why none can be judged; nil where none is asked for
	draining func() bool
	rivalry  func() error // why another node is who is meant by this one's name
	log      *slog.Logger

	mu     sync.Mutex
	member error // why the node actor or the membership is not as it should be
	missed int   // signs of life in a row that did not come
}

// watch looks after the node until ctx ends, and logs when it gets ready or ceases
// to be.
func (r *readiness) watch(ctx context.Context, node *actors.Node) {
	pause := time.NewTicker(signEvery)
	defer pause.Stop()
	said := ""
	for {
		r.take(node.Alive(signPatience))
		if said = r.report(said); ctx.Err() != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

// take takes in whether the node actor gave a sign of life.
func (r *readiness) take(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.missed, r.member = 0, nil
		return
	}
	if r.missed++; r.missed >= mostMissed {
		r.member = err
	}
}

// report logs why this node is not ready, if that is another reason than was said
// last, and returns what is said now.
func (r *readiness) report(said string) string {
	if r.draining() {
		return said // which was logged as the stop that it is
	}
	why := ""
	if err := r.unready(); err != nil {
		why = problem.MessageOf(err)
	}
	switch {
	case why == said:
	case why != "":
		r.log.Warn("not ready: /readyz says 503, and clients are refused", "why", why)
	default:
		r.log.Info("ready", "after", said)
	}
	return why
}

// unready returns why no client should be sent here, nil if one should.
func (r *readiness) unready() error {
	if r.draining() {
		return problem.New(problem.Unavailable, "it is shutting down")
	}
	r.mu.Lock()
	member := r.member
	r.mu.Unlock()
	return firstError(member, r.rivalry(), r.users.Unready(), r.keys())
}

// keys returns why nobody's token can be judged.
func (r *readiness) keys() error {
	if r.tokens == nil {
		return nil
	}
	return r.tokens()
}

// checks returns all that is looked at, also what is no reason to send clients away.
func (r *readiness) checks() []web.Check {
	r.mu.Lock()
	defer r.mu.Unlock()
	checks := []web.Check{{Name: "member", Err: r.member}, {Name: "name", Err: r.rivalry()}, {Name: "store", Err: r.users.Last()}}
	if r.tokens != nil {
		checks = append(checks, web.Check{Name: "tokens", Err: r.tokens()})
	}
	if r.redis != nil {
		checks = append(checks, web.Check{Name: "redis", Err: r.redis()})
	}
	return checks
}
