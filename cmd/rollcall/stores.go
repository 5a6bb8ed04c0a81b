package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web"
)

const (
	// compareEvery is the pause before the stores of the members are compared again.
	compareEvery = time.Second

	// storeDoubt is how long a difference has to last: after a reset not all notice at
	// the same time.
	storeDoubt = 5 * time.Second

	// storeReminder is the pause before a difference is logged again.
	storeReminder = time.Minute
)

// stores watches whether all members have the same user store. Who starts with another
// one is refused; but a database may be away at the start. It is no reason to send
// clients elsewhere: each of the others would do so, too.
type stores struct {
	log *slog.Logger

	mu     sync.Mutex
	astray []string  // the names of members with another store
	since  time.Time // when that was first seen
	said   time.Time // when it was logged last
}

// watch tells the other members which store this node has, and looks at theirs, until
// ctx ends.
func (s *stores) watch(ctx context.Context, users *identity.Store, members *membership.Cluster) {
	pause := time.NewTicker(compareEvery)
	defer pause.Stop()
	for {
		if id := users.ID(); id != "" {
			if err := members.SetStore(id); err != nil {
				s.log.Debug("the other nodes may hear late which user store this one has", "err", err)
			}
		}
		var names []string
		for _, m := range members.View().Astray() {
			names = append(names, m.Name)
		}
		s.take(names, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

// take takes in who has another store.
func (s *stores) take(names []string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(names, s.astray) {
		s.astray, s.since, s.said = names, now, time.Time{}
	}
	if s.lasts(now) && now.Sub(s.said) >= storeReminder {
		s.said = now
		s.log.Error("other members have another user store than this node: give all the same database, and restart those that have the wrong one",
			"nodes", strings.Join(names, ", "))
	}
}

func (s *stores) lasts(now time.Time) bool {
	return len(s.astray) > 0 && now.Sub(s.since) >= storeDoubt
}

// others returns the names of the members that have another store, if that lasts.
func (s *stores) others() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.lasts(time.Now()) {
		return nil
	}
	return s.astray
}

// check says what is wrong, for whoever asks about this node.
func (s *stores) check() web.Check {
	c := web.Check{Name: "stores"}
	if names := s.others(); len(names) > 0 {
		c.Err = problem.New(problem.Unavailable, "other members have another user store: %s", strings.Join(names, ", "))
	}
	return c
}
