// Package migrations is the schema of the user store: the tables, in the order
// in which they came to be, and the ten users of a demo. The migrations are Go
// code, so they are part of the binary, and one text serves SQLite and PostgreSQL.
//
// Every migration must be safe to run again: it commits in a transaction of its
// own and is marked as applied just after, so a process that dies in between
// leaves work that is done but not marked.
package migrations

import (
	"context"
	"log/slog"
	"slices"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// Migrator brings one database to the schema that this binary expects, or back.
// Several processes may do so at once: each method holds the lock of the
// migrations while it runs, and waits for it no longer than its ctx allows.
type Migrator struct {
	bun  *migrate.Migrator
	all  migrate.MigrationSlice // that this program knows, the oldest first
	db   *bun.DB
	lock lock

	takesID func(string) error
	log     *slog.Logger
}

// New returns the migrator of db. It does not touch the database. takesID returns
// why a text cannot be the id of a user, if it cannot.
func New(db *bun.DB, takesID func(string) error, log *slog.Logger) *Migrator {
	all := history(takesID, log)
	m := migrate.NewMigrator(db, all, migrate.WithMarkAppliedOnSuccess(true))
	return &Migrator{bun: m, all: all.Sorted(), db: db, lock: newLock(m, log), takesID: takesID, log: log}
}

// history lists all migrations. An entry that was ever released never changes.
func history(takesID func(string) error, log *slog.Logger) *migrate.Migrations {
	all := migrate.NewMigrations()
	all.Add(createUsers())
	all.Add(createIdentityChanges())
	all.Add(textIdentities())
	all.Add(takeOverSeed(takesID, log))
	all.Add(createUserStore())
	all.Add(pruneChanges())
	all.Add(addProfiles())
	all.Add(revokeTokens())
	return all
}

// Up applies all migrations that are not applied yet, as one group, and returns
// their names: none if there was nothing to do. The error is [problem.Invalid], and
// nothing was changed, if the database is another program's, or has migrations that
// this program does not know beside those that it lacks.
func (m *Migrator) Up(ctx context.Context) (applied []string, err error) {
	err = m.locked(ctx, "migrate", func(ctx context.Context) error {
		applied, err = m.up(ctx)
		return err
	})
	return applied, err
}

// Down takes back the group that was applied last, with the data in its tables,
// and returns the names of its migrations, the newest first. The error is
// [problem.Invalid], and nothing was changed, if the database is another program's, or
// has migrations that this program does not know.
func (m *Migrator) Down(ctx context.Context) (undone []string, err error) {
	err = m.locked(ctx, "roll back", func(ctx context.Context) error {
		if err := m.notNewer(ctx); err != nil {
			return err
		}
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

// Reset does what Empty does, and seeds.
func (m *Migrator) Reset(ctx context.Context) error {
	return m.anew(ctx, func(tx bun.Tx) error {
		_, err := seed(ctx, tx)
		return err
	})
}

// Empty applies all migrations and removes all users, revocations and recorded changes, whose
// numbers start again at 1; users of the playground are taken over again. The store gets
// another id, by which nodes that run see that it began anew. It drops no table, and
// removes everything or nothing. The error is [problem.Invalid], and nothing was changed,
// if the database is another program's, or has migrations that this program does not know.
func (m *Migrator) Empty(ctx context.Context) error {
	return m.anew(ctx, func(bun.Tx) error { return nil })
}

func (m *Migrator) anew(ctx context.Context, then func(bun.Tx) error) error {
	return m.locked(ctx, "reset", func(ctx context.Context) error {
		if err := m.notNewer(ctx); err != nil {
			return err
		}
		if _, err := m.up(ctx); err != nil {
			return err
		}
		return m.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			for _, step := range []func() error{
				func() error { return empty(ctx, tx) },
				func() error { return takeOver(ctx, tx, m.takesID, m.log) },
				func() error { return then(tx) },
			} {
				if err := step(); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (m *Migrator) up(ctx context.Context) ([]string, error) {
	if state, err := m.State(ctx); err != nil || len(state.Missing) == 0 {
		return nil, err
	}
	if err := m.notNewer(ctx); err != nil {
		return nil, err
	}
	group, err := m.bun.Migrate(ctx)
	if err != nil {
		return nil, err
	}
	return names(group), nil
}

func (m *Migrator) down(ctx context.Context) ([]string, error) {
	status, err := m.bun.MigrationsWithStatus(ctx)
	if err != nil {
		return nil, err
	}
	// Looked at before the first of them is taken back.
	if slices.ContainsFunc(status.LastGroup().Migrations, func(one migrate.Migration) bool { return one.Name == textIdentities().Name }) {
		if err := m.mayBeNumbers(ctx); err != nil {
			return nil, err
		}
	}
	group, err := m.bun.Rollback(ctx)
	if err != nil {
		return nil, err
	}
	return reversed(group), nil
}

// locked runs work under the lock of the migrations, on a database that is not another
// program's: of that not even the lock is taken. A failure of the database is
// [problem.Unavailable]; what names the work in its message.
func (m *Migrator) locked(ctx context.Context, what string, work func(context.Context) error) error {
	err := m.Recognise(ctx)
	if err == nil {
		err = m.lock.hold(ctx, work)
	}
	return unavailable(err, what)
}

func reversed(group *migrate.MigrationGroup) []string {
	all := names(group)
	slices.Reverse(all)
	return all
}

func names(group *migrate.MigrationGroup) []string {
	var all []string
	for _, migration := range group.Migrations {
		all = append(all, migration.String())
	}
	return all
}
