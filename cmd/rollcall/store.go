package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
)

// prepare brings the user store to the present schema: once, before the nodes of a local
// cluster start, so that they need not race to do so; and for a node that keeps its users
// in a file of its own. A demo also gets the ten users, if it has none.
func (s Storage) prepare(ctx context.Context, log *slog.Logger, demo bool) (err error) {
	store, err := identity.Open(ctx, s.databaseURL(), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	migrator := store.Migrator()
	applied, err := migrator.Up(ctx)
	if err != nil {
		return err
	}
	users, err := store.Page(ctx, "", 1)
	if err != nil {
		return err
	}
	added := 0
	if demo && len(users) == 0 {
		if added, err = migrator.Seed(ctx); err != nil {
			return err
		}
	}
	if len(applied) > 0 || added > 0 {
		log.Info("user store prepared", "migrations", strings.Join(applied, ", "), "users_added", added)
	}
	return nil
}

// prepareStore prepares the file of a local cluster. A database that was named may be
// others', too: that is only looked at, so that nobody waits for nodes that cannot be ready.
func (c *ClusterCmd) prepareStore(ctx context.Context, log *slog.Logger) (err error) {
	if c.DatabaseURL == "" {
		return c.prepare(ctx, log, true)
	}
	store, err := identity.Open(ctx, c.databaseURL(), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := store.Migrator().Recognise(ctx); problem.CodeOf(err) == problem.Invalid {
		return err
	}
	err = store.Check(ctx)
	if unfit, is := errors.AsType[*identity.Unfit](err); is && unfit.Fault == identity.Away {
		return nil // nodes wait for it
	}
	return err
}
