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
// a file of its own, migrate by themselves, and the local cluster seeds a file that has
// no users; a shared database never changes unless one of these commands says so.
type DBCmd struct {
	Migrate  MigrateCmd  `cmd:"" help:"Bring the schema to what this program expects. Safe to repeat, and while nodes run."`
	Seed     SeedCmd     `cmd:"" help:"Add those of the ten users of the demo that are missing and were never removed."`
	Reset    ResetCmd    `cmd:"" help:"Migrate, and remove all users. All names and changes are lost; it asks first."`
	Rollback RollbackCmd `cmd:"" help:"Take back the migrations that were applied last, with the data in their tables; it asks first."`
}

// MigrateCmd applies what is not applied yet.
type MigrateCmd struct {
	Seed bool `group:"storage" env:"ROLLCALL_SEED" help:"Add the ten users of the demo, as db seed does. [off]"`
	storeFlags
}

// SeedCmd adds the first users.
type SeedCmd struct{ storeFlags }

// ResetCmd begins anew.
type ResetCmd struct {
	Seed bool `group:"storage" help:"Begin with the ten users of the demo. [off]"`
	storeFlags
	destructive
}

// RollbackCmd goes one step back.
type RollbackCmd struct {
	storeFlags
	destructive
}

// storeFlags are those of every command on the user store.
type storeFlags struct {
	Storage `embed:""`
	Logging `embed:""`
}

// Run prints what was applied.
func (c *MigrateCmd) Run(ctx context.Context, std streams) error {
	return c.with(ctx, std, func(m *migrations.Migrator) (string, error) {
		applied, err := m.Up(ctx)
		if err != nil || !c.Seed {
			return listed("applied", applied), err
		}
		added, err := m.Seed(ctx)
		return fmt.Sprintf("%s; users added: %d", listed("applied", applied), added), err
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
		loss, err := m.Loss(ctx)
		if err == nil && loss.Users+loss.Changes > 0 {
			err = c.mayGoOn(ctx, std, fmt.Sprintf("this removes %s and all that was recorded of %s, for ever, from the tables users and identity_changes of %s",
				count(loss.Users, "user"), count(loss.Changes, "change"), identity.NameOf(c.databaseURL())))
		}
		switch {
		case err != nil:
			return "", err
		case c.Seed:
			return "the user store is as new, with the ten users of the demo", m.Reset(ctx)
		}
		return "the user store is as new, without users", m.Empty(ctx)
	})
}

// Run prints what was taken back.
func (c *RollbackCmd) Run(ctx context.Context, std streams) error {
	return c.with(ctx, std, func(m *migrations.Migrator) (string, error) {
		loss, err := m.Loss(ctx)
		if err == nil && len(loss.LastDone) > 0 {
			err = c.mayGoOn(ctx, std, fmt.Sprintf("this takes back the migrations %s of %s, with all that is only in their tables and columns; of users it has %d in all",
				strings.Join(loss.LastDone, ", "), identity.NameOf(c.databaseURL()), loss.Users))
		}
		if err != nil {
			return "", err
		}
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

// count returns a number of things, as in "1 user".
func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
