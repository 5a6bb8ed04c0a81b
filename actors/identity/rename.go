package identity

import (
	"context"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/rollcall/rollcall/protos/problem"
)

// Rename gives a user a new name and, in the same transaction, records the
// change. The caller then publishes the change; should that fail, or the process
// die, every node still finds it in the log.
//
// A name that the user has already is no change: the user is returned as it is,
// and a zero Change, which must not be published. So a client may repeat a
// request whose answer it lost.
//
// With ifVersion the user must still have that version. Errors: [problem.Invalid]
// for a bad name, [problem.NotFound], [problem.Conflict] for another version,
// and [problem.Unavailable]: nothing was changed, unless the connection broke
// while the transaction was being committed.
func (s *Store) Rename(ctx context.Context, id, name string, ifVersion *int64) (User, Change, error) {
	name, err := ParseName(name)
	if err != nil {
		return User{}, Change{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()

	var (
		user   User
		change Change
	)
	err = s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if err := oneWriter(ctx, tx); err != nil {
			return err
		}
		row, err := readUser(ctx, tx, id)
		if err != nil {
			return err
		}
		if ifVersion != nil && *ifVersion != row.Version {
			return problem.New(problem.Conflict, "The user %.60q is at version %d, not %d: read it again",
				id, row.Version, *ifVersion).Named(problem.VersionMismatch)
		}
		if row.Name != name {
			if change, err = rename(ctx, tx, &row, name); err != nil {
				return err
			}
		}
		user = row.user()
		return nil
	})
	if isReadOnly(err) {
		s.renew() // that may be over already
	}
	if err != nil {
		return User{}, Change{}, failure(err, "rename the user")
	}
	s.known.add(id)
	return user, change, nil
}

// rename writes the new name and the record of the change.
func rename(ctx context.Context, tx bun.Tx, row *userRow, name string) (Change, error) {
	now := time.Now().UTC()
	row.Name, row.Version, row.UpdatedAt = name, row.Version+1, now
	if _, err := tx.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return Change{}, err
	}
	record := changeRow{User: row.ID, Version: row.Version, ChangedAt: now}
	if _, err := tx.NewInsert().Model(&record).Returning("seq").Exec(ctx); err != nil {
		return Change{}, err
	}
	return record.change(), nil
}

// oneWriter lets renames happen one after the other until they are committed, so
// that a change with a higher number is never visible before one with a lower
// number. On SQLite the transaction itself sees to that (BEGIN IMMEDIATE).
func oneWriter(ctx context.Context, tx bun.Tx) error {
	if tx.Dialect().Name() != dialect.PG {
		return nil
	}
	const key = 0x726f6c6c63616c6c // "rollcall"; unique among all advisory locks of the database
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", int64(key))
	return err
}
