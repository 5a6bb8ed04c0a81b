package identity

import (
	"context"
	"time"

	"github.com/uptrace/bun"

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
// The user must be at a version that when admits. Errors: [problem.Invalid]
// for a bad name, [problem.NotFound], [problem.Conflict] for another version,
// and [problem.Unavailable]: nothing was changed, unless the connection broke
// while the transaction was being committed.
func (s *Store) Rename(ctx context.Context, id, name string, when Condition) (User, Change, error) {
	name, err := ParseName(name)
	if err != nil {
		return User{}, Change{}, err
	}
	var (
		user   User
		change Change
	)
	since := s.known.mark()
	err = s.write(ctx, "rename the user", func(ctx context.Context, tx bun.Tx) error {
		row, err := readUserWhen(ctx, tx, id, when)
		if err != nil {
			return err
		}
		if row.Name != name {
			if change, err = rename(ctx, tx, &row, name); err != nil {
				return err
			}
		}
		user = row.user()
		return nil
	})
	if err != nil {
		return User{}, Change{}, err
	}
	s.known.add(since, user)
	return user, change, nil
}

// readUserWhen returns the row of a user who is at a version that is admitted.
func readUserWhen(ctx context.Context, tx bun.Tx, id string, when Condition) (userRow, error) {
	row, err := readUser(ctx, tx, id)
	if err == nil && when != nil && !when(row.Version) {
		err = problem.New(problem.Conflict, "The user %.60q is at version %d, which is not what you want to change: read it again",
			id, row.Version).Named(problem.VersionMismatch)
	}
	return row, err
}

// rename writes the new name and the record of the change.
func rename(ctx context.Context, tx bun.Tx, row *userRow, name string) (Change, error) {
	now := time.Now().UTC()
	row.Name, row.Version, row.UpdatedAt = name, row.Version+1, now
	if _, err := tx.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return Change{}, err
	}
	return record(ctx, tx, changeRow{User: row.ID, Version: row.Version, ChangedAt: now})
}

// record writes a change into the log.
func record(ctx context.Context, tx bun.Tx, row changeRow) (Change, error) {
	_, err := tx.NewInsert().Model(&row).Returning("seq").Exec(ctx)
	return row.change(), err
}
