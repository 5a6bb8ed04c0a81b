package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/web"
)

// A node is not ready without its actor, which may miss one question, and not while it
// drains; each time it says why, and logs that once.
func TestReadinessNeedsTheNodeActor(t *testing.T) {
	data := Storage{Data: t.TempDir()}
	if err := data.prepare(t.Context(), slog.New(slog.DiscardHandler), true); err != nil {
		t.Fatal(err)
	}
	store, err := identity.Open(t.Context(), filepath.Join(data.Data, "rollcall.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var (
		log      strings.Builder
		draining bool
		said     string
		rivalry  error
		keys     error
	)
	logger := slog.New(slog.NewTextHandler(&log, nil))
	r := &readiness{users: identity.NewHealth(store, slog.New(slog.DiscardHandler)), draining: func() bool { return draining }, rivalry: func() error { return rivalry }, log: logger}
	ctx, stop := context.WithCancel(t.Context())
	var looks sync.WaitGroup
	looks.Go(func() { r.users.Run(ctx) })
	defer looks.Wait()
	defer stop()
	if err := r.users.FirstLook(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone := errors.New("gone")
	for i, step := range []struct {
		actor error
		drain bool
		ready bool
		lines int // of the log so far
	}{
		{nil, false, true, 0}, {gone, false, true, 0}, {gone, false, false, 1}, {gone, false, false, 1},
		{nil, false, true, 2}, {gone, false, true, 2}, {nil, false, true, 2}, {nil, true, false, 2},
	} {
		draining = step.drain
		r.take(step.actor)
		said = r.report(said)
		if err := r.unready(); (err == nil) != step.ready {
			t.Errorf("step %d: %v", i, err)
		}
		if strings.Count(log.String(), "\n") != step.lines {
			t.Errorf("step %d: the log says %s", i, log.String())
		}
	}
	draining, r.tokens = false, func() error { return keys }
	for _, keys = range []error{nil, gone} {
		checks := r.checks()
		if err := r.unready(); !errors.Is(err, keys) || checks[len(checks)-1] != (web.Check{Name: "tokens", Err: keys}) {
			t.Errorf("with tokens that are judged by %v: %v, %+v", keys, err, checks)
		}
	}
}
