package identity

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/rollcall/rollcall/protos/problem"
)

// Edit is what is to become of a user. What is nil stays as it is.
type Edit struct {
	Name    *string
	Profile *json.RawMessage // null, or nothing, takes away the one that there is
}

// parsed returns the edit as it is stored.
func (e Edit) parsed() (Edit, error) {
	if e.Name != nil {
		name, err := ParseName(*e.Name)
		if err != nil {
			return Edit{}, err
		}
		e.Name = &name
	}
	if e.Profile != nil {
		profile, err := ParseProfile(*e.Profile)
		if err != nil {
			return Edit{}, err
		}
		e.Profile = &profile
	}
	return e, nil
}

// changes reports whether there is anything to do.
func (e Edit) changes(row userRow) bool {
	return e.Name != nil && *e.Name != row.Name || e.Profile != nil && !sameText(textOf(*e.Profile), row.Profile)
}

// apply makes the row what the edit says.
func (e Edit) apply(row *userRow) {
	if e.Name != nil {
		row.Name = *e.Name
	}
	if e.Profile != nil {
		row.Profile = textOf(*e.Profile)
	}
}

// Update changes a user and, in the same transaction, records the
// change. The caller then publishes the change; should that fail, or the process
// die, every node still finds it in the log.
//
// What the user is already is no change: the user is returned as it is,
// and a zero Change, which must not be published. So a client may repeat a
// request whose answer it lost.
//
// The user must be at a version that when admits. Errors: [problem.Invalid]
// for a bad name or profile, [problem.NotFound], [problem.Conflict] for another version,
// and [problem.Unavailable]: nothing was changed, unless the connection broke
// while the transaction was being committed.
func (s *Store) Update(ctx context.Context, id string, edit Edit, when Condition) (User, Change, error) {
	edit, err := edit.parsed()
	if err != nil {
		return User{}, Change{}, err
	}
	doing := "rename the user"
	if edit.Profile != nil {
		doing = "change the user"
	}
	var (
		user   User
		change Change
	)
	since := s.known.mark()
	err = s.write(ctx, doing, func(ctx context.Context, tx bun.Tx) error {
		row, err := readUserWhen(ctx, tx, id, when)
		if err == nil && edit.changes(row) {
			change, err = update(ctx, tx, &row, edit)
		}
		user = row.user()
		return err
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

// update writes the next version of a user, and the record of the change.
func update(ctx context.Context, tx bun.Tx, row *userRow, edit Edit) (Change, error) {
	now := time.Now().UTC()
	edit.apply(row)
	row.Version, row.UpdatedAt = row.Version+1, now
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
