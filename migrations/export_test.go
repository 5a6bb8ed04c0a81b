package migrations

import (
	"context"
	"time"
)

// WithLock returns m with other limits of its lock.
func (m *Migrator) WithLock(holdLimit, staleAfter time.Duration) *Migrator {
	other := *m
	other.lock.holdLimit, other.lock.staleAfter = holdLimit, staleAfter
	other.lock.askEvery = 5 * time.Millisecond
	return &other
}

// Abandon takes the lock and keeps it, as a process does that is killed.
func (m *Migrator) Abandon(ctx context.Context) error {
	_, err := m.lock.take(ctx)
	return err
}

// Hold runs work under the lock.
func (m *Migrator) Hold(ctx context.Context, work func(context.Context) error) error {
	return m.lock.hold(ctx, work)
}
