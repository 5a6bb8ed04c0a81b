package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/migrations"
)

// DBCmd looks after the user store. The local cluster, and a node of its own with
// a file of its own, migrate and seed by themselves; a shared database never
// changes its schema unless one of these commands says so.
type DBCmd struct {
	Migrate  MigrateCmd  `cmd:"" help:"Bring the schema to what this program expects. Safe to repeat, and while nodes run."`
	Seed     SeedCmd     `cmd:"" help:"Add those of the ten first users that are missing and were never removed."`
	Reset    ResetCmd    `cmd:"" help:"Drop everything, then migrate and seed. All names and changes are lost."`
	Rollback RollbackCmd `cmd:"" help:"Take back the migrations that were applied last, with the data in their tables."`
}

// MigrateCmd applies what is not applied yet.
type MigrateCmd struct{ storeFlags }

// SeedCmd adds the first users.
type SeedCmd struct{ storeFlags }

// ResetCmd begins anew.
type ResetCmd struct{ storeFlags }

// RollbackCmd goes one step back.
type RollbackCmd struct{ storeFlags }

// storeFlags are those of every command on the user store.
type storeFlags struct {
	Storage `embed:""`
	Logging `embed:""`
}

// Run prints what was applied.
func (c *MigrateCmd) Run(ctx context.Context, std streams) error {
	return c.with(ctx, std, func(m *migrations.Migrator) (string, error) {
		applied, err := m.Up(ctx)
		return listed("applied", applied), err
	})
}

// Run prints how many users were added.
func (c *SeedCmd) Run(ctx context.Context, std streams) error {
	return c.with(ctx, std, func(m *migrations.Migrator) (string, error) {
		added, err := m.Seed(ctx)
		return fmt.Sprintf("users added: %d", added), err
	})
}

// Run prints that it is done.
func (c *ResetCmd) Run(ctx context.Context, std streams) error {
	return c.with(ctx, std, func(m *migrations.Migrator) (string, error) {
		return "the user store is as new", m.Reset(ctx)
	})
}

// Run prints what was taken back.
func (c *RollbackCmd) Run(ctx context.Context, std streams) error {
	return c.with(ctx, std, func(m *migrations.Migrator) (string, error) {
		undone, err := m.Down(ctx)
		return listed("taken back", undone), err
	})
}

// with does work on the store, and prints its outcome.
func (f storeFlags) with(ctx context.Context, std streams, work func(*migrations.Migrator) (string, error)) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	store, err := identity.Open(ctx, f.databaseURL(), f.logger(std.err))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := store.CheckEncoding(ctx); err != nil {
		return err
	}
	outcome, err := work(store.Migrator())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, outcome)
	return err
}

func listed(what string, names []string) string {
	if len(names) == 0 {
		return what + ": nothing, all was done before"
	}
	return what + ": " + strings.Join(names, ", ")
}
