package identity

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/rollcall/rollcall/protos/problem"
)

// Add makes a new user, whose version is above every version that a user of this id
// ever had. No change is recorded: nobody can have shown a user who was not there. The
// profile may be nil.
//
// Errors: [problem.Invalid] for a bad id, name or profile, [problem.Exists], and
// [problem.Unavailable] as of [Store.Update].
func (s *Store) Add(ctx context.Context, id, name string, profile json.RawMessage) (User, error) {
	id, err := ParseID(id)
	if err != nil {
		return User{}, err
	}
	if name, err = ParseName(name); err != nil {
		return User{}, err
	}
	if profile, err = ParseProfile(profile); err != nil {
		return User{}, err
	}
	var user User
	since := s.known.mark()
	err = s.write(ctx, "add the user", func(ctx context.Context, tx bun.Tx) error {
		_, err := readUser(ctx, tx, id)
		switch problem.CodeOf(err) {
		case "":
			return problem.New(problem.Exists, "There is a user %.60q already: rename it instead, or choose another id_user", id).Named(problem.UserExists)
		case problem.NotFound:
		default:
			return err
		}
		row := userRow{ID: id, Name: name, Profile: textOf(profile)}
		err = insert(ctx, tx, &row)
		user = row.user()
		return err
	})
	if err != nil {
		return User{}, err
	}
	s.known.add(since, user)
	return user, nil
}

// insert writes a new user, at the version behind the last that there was of this id.
func insert(ctx context.Context, tx bun.Tx, row *userRow) error {
	last, err := lastVersions(ctx, tx, []string{row.ID})
	if err != nil {
		return err
	}
	row.Version, row.UpdatedAt = last[row.ID]+1, time.Now().UTC()
	_, err = tx.NewInsert().Model(row).Exec(ctx)
	return err
}

// Remove deletes a user and, in the same transaction, records that at the version
// behind the last. The caller then publishes the change, as after a [Store.Update],
// whose condition and errors it has.
func (s *Store) Remove(ctx context.Context, id string, when Condition) (Change, error) {
	var change Change
	err := s.write(ctx, "remove the user", func(ctx context.Context, tx bun.Tx) error {
		row, err := readUserWhen(ctx, tx, id, when)
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(&row).WherePK().Exec(ctx); err != nil {
			return err
		}
		change, err = record(ctx, tx, changeRow{User: id, Version: row.Version + 1, ChangedAt: time.Now().UTC(), Removed: true})
		return err
	})
	if err != nil {
		return Change{}, err
	}
	s.Heard(change)
	return change, nil
}

// lastVersions returns the highest version in the log of each of these ids; an id
// that is not in there is absent.
func lastVersions(ctx context.Context, tx bun.Tx, ids []string) (map[string]int64, error) {
	var rows []struct {
		ID      string `bun:"id_user"`
		Version int64  `bun:"version"`
	}
	err := tx.NewSelect().Model((*changeRow)(nil)).Column("id_user").ColumnExpr("MAX(version) AS version").
		Where("id_user IN (?)", bun.List(ids)).Group("id_user").Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	versions := make(map[string]int64, len(rows))
	for _, row := range rows {
		versions[row.ID] = row.Version
	}
	return versions, nil
}
