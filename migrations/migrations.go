// Package migrations is the schema of the user store: the tables, in the order
// in which they came to be, and the ten users that every installation starts
// with. The migrations are Go code, so they are part of the binary, and one
// text serves SQLite and PostgreSQL.
//
// Every migration must be safe to run again: it commits in a transaction of its
// own and is marked as applied just after, so a process that dies in between
// leaves work that is done but not marked.
package migrations

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"

	"github.com/rollcall/rollcall/protos/problem"
)

// Migrator brings one database to the schema that this binary expects, or back.
// Several processes may do so at once: each method holds the lock of the
// migrations while it runs, and waits for it no longer than its ctx allows.
type Migrator struct {
	bun  *migrate.Migrator
	all  migrate.MigrationSlice // that this program knows, the oldest first
	db   *bun.DB
	lock lock
}

// New returns the migrator of db. It does not touch the database. takesID returns
// why a text cannot be the id of a user, if it cannot.
func New(db *bun.DB, takesID func(string) error, log *slog.Logger) *Migrator {
	all := history(takesID, log)
	m := migrate.NewMigrator(db, all, migrate.WithMarkAppliedOnSuccess(true))
	return &Migrator{bun: m, all: all.Sorted(), db: db, lock: newLock(m, log)}
}

// history lists all migrations. An entry that was ever released never changes.
func history(takesID func(string) error, log *slog.Logger) *migrate.Migrations {
	all := migrate.NewMigrations()
	all.Add(createUsers())
	all.Add(createIdentityChanges())
	all.Add(textIdentities())
	all.Add(takeOverSeed(takesID, log))
	all.Add(createUserStore())
	return all
}

// Up applies all migrations that are not applied yet, as one group, and returns
// their names: none if there was nothing to do.
func (m *Migrator) Up(ctx context.Context) (applied []string, err error) {
	err = m.locked(ctx, "migrate", func(ctx context.Context) error {
		applied, err = m.up(ctx)
		return err
	})
	return applied, err
}

// Down takes back the group that was applied last, with the data in its tables,
// and returns the names of its migrations, the newest first.
func (m *Migrator) Down(ctx context.Context) (undone []string, err error) {
	err = m.locked(ctx, "roll back", func(ctx context.Context) error {
		undone, err = m.down(ctx)
		return err
	})
	return undone, err
}

// Seed adds those of the ten first users that are missing and were not removed, and returns how many
// that were. It never touches a user who exists, so a renamed user stays renamed.
func (m *Migrator) Seed(ctx context.Context) (added int, err error) {
	err = m.locked(ctx, "seed", func(ctx context.Context) error {
		added, err = seed(ctx, m.db)
		return err
	})
	return added, err
}

// Reset takes back everything, applies everything and seeds: all names and all
// recorded changes are lost. Sequence numbers of changes start again at 1, and the store
// gets another id.
func (m *Migrator) Reset(ctx context.Context) error {
	return m.locked(ctx, "reset", func(ctx context.Context) error {
		if err := empty(ctx, m.db); err != nil {
			return err
		}
		for {
			undone, err := m.down(ctx)
			if err != nil {
				return err
			}
			if len(undone) == 0 {
				break
			}
		}
		if _, err := m.up(ctx); err != nil {
			return err
		}
		_, err := seed(ctx, m.db)
		return err
	})
}

func (m *Migrator) up(ctx context.Context) ([]string, error) {
	group, err := m.bun.Migrate(ctx)
	if err != nil {
		return nil, err
	}
	return names(group), nil
}

func (m *Migrator) down(ctx context.Context) ([]string, error) {
	group, err := m.bun.Rollback(ctx)
	if err != nil {
		return nil, err
	}
	undone := names(group)
	slices.Reverse(undone)
	return undone, nil
}

// empty removes all rows, so that no migration has to care for them on the way back.
func empty(ctx context.Context, db *bun.DB) error {
	for _, table := range []string{"identity_changes", "users"} {
		there, err := hasColumn(ctx, db, table, "id_user")
		if err == nil && there {
			err = run(ctx, db, "DELETE FROM "+table)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// locked runs work under the lock of the migrations. A failure of the database
// is [problem.Unavailable]; what names the work in its message.
func (m *Migrator) locked(ctx context.Context, what string, work func(context.Context) error) error {
	err := m.lock.hold(ctx, work)
	if _, known := errors.AsType[*problem.Error](err); known {
		return err
	}
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, "could not %s the user store", what)
	}
	return nil
}

func names(group *migrate.MigrationGroup) []string {
	var all []string
	for _, migration := range group.Migrations {
		all = append(all, migration.String())
	}
	return all
}
