package identity

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/rollcall/rollcall/protos/problem"
)

// Vouch takes in what a token says of its user: a name, a profile, or nil for what it does
// not say; null takes the profile away. A user without a row gets one if anything is said,
// and is called by the id where no name is. The caller publishes the change, as after
// [Store.Update]: somebody may be shown without a row. A zero Change is none; the version of
// who has no row then is 0.
//
// What was written after the token was issued stays: an older token knows less. One that
// does not say when that was, by the zero time, is believed. Nothing is written where
// nothing differs, so that who connects need not wait for those who write.
//
// Errors: [problem.Invalid] for a bad id, name or profile, and [problem.Unavailable] as of
// [Store.Update].
func (s *Store) Vouch(ctx context.Context, id string, name *string, profile json.RawMessage, issued time.Time) (User, Change, error) {
	v := vouching{said: Edit{Name: name}, issued: issued}
	if len(profile) > 0 {
		v.said.Profile = &profile
	}
	var err error
	if v.id, err = ParseID(id); err != nil {
		return User{}, Change{}, err
	}
	if v.said, err = v.said.parsed(); err != nil {
		return User{}, Change{}, claimed(err)
	}
	since := s.known.mark()
	if err = v.look(ctx, s.db); err == nil && v.news() {
		err = s.write(ctx, "take in what is vouched for of the user", func(ctx context.Context, tx bun.Tx) error {
			if err := v.look(ctx, tx); err != nil || !v.news() { // somebody may have written it meanwhile
				return err
			}
			return v.write(ctx, tx)
		})
	}
	if err != nil {
		return User{}, Change{}, failure(err, "read a user")
	}
	if !v.rowless {
		s.known.add(since, v.row.user())
	}
	return v.row.user(), v.change, nil
}

// claimed says which claim it is that no name or no profile can be.
func claimed(err error) error {
	name, claim := problem.NameOf(err), "name"
	if name == problem.BadProfile {
		claim = "profile"
	}
	return problem.New(problem.CodeOf(err), "The claim %s of your token: %s", claim, problem.MessageOf(err)).Named(name)
}

// vouching is what a token says of a user, beside what is known.
type vouching struct {
	id     string
	said   Edit
	issued time.Time

	row     userRow // of that id
	rowless bool
	change  Change
}

// look reads what is known of the user.
func (v *vouching) look(ctx context.Context, db bun.IDB) (err error) {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	v.row, err = readUser(ctx, db, v.id)
	if v.rowless = problem.CodeOf(err) == problem.NotFound; v.rowless {
		v.row, err = userRow{ID: v.id}, nil
	}
	return err
}

// news reports whether there is anything to write.
func (v *vouching) news() bool {
	const precision = time.Second // of tokens
	outdated := !v.rowless && !v.issued.IsZero() && v.issued.Before(v.row.UpdatedAt.Truncate(precision))
	return !outdated && v.said.changes(v.row)
}

func (v *vouching) write(ctx context.Context, tx bun.Tx) (err error) {
	if !v.rowless {
		v.change, err = update(ctx, tx, &v.row, v.said)
		return err
	}
	if v.said.Name == nil {
		name, err := ParseName(v.id)
		if err != nil {
			return problem.New(problem.Invalid, "the user %.60q needs a name, which the token does not say, and the id cannot be one: %s", v.id, problem.MessageOf(err)).Named(problem.BadName)
		}
		v.said.Name = &name
	}
	v.said.apply(&v.row)
	if err := insert(ctx, tx, &v.row); err != nil {
		return err
	}
	v.rowless = false
	v.change, err = record(ctx, tx, changeRow{User: v.id, Version: v.row.Version, ChangedAt: v.row.UpdatedAt})
	return err
}
