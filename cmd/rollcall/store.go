package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/rollcall/rollcall/actors/identity"
)

// prepare brings the user store to the present schema, with the first users in
// it: once, before the nodes of a local cluster start, so that they need not race
// to do so; and for a node that keeps its users in a file of its own.
func (s Storage) prepare(ctx context.Context, log *slog.Logger) (err error) {
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
	added, err := migrator.Seed(ctx)
	if err != nil {
		return err
	}
	if len(applied) > 0 || added > 0 {
		log.Info("user store prepared", "migrations", strings.Join(applied, ", "), "users_added", added)
	}
	return nil
}
