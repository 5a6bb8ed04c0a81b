package identity

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/rollcall/rollcall/protos/problem"
)

// farthestAhead is how far in the future the moment of a revocation may be: it never moves
// back, so that a mistake would lock a user out for good.
const farthestAhead = 24 * time.Hour

// SoFar returns the moment before which all tokens were issued until now: those say when that
// was in whole seconds.
func SoFar(now time.Time) time.Time { return now.Truncate(time.Second).Add(time.Second) }

// Revoke has tokens of a user refused that were issued before a moment, or do not say when
// they were issued, and records that as a change, which the caller then publishes as after
// [Store.Update]. The user need not be there. A part of a second counts as a whole one, as
// tokens know no parts. The moment never moves back: an earlier one than was said already is
// no change, and a zero Change, which must not be published.
//
// Errors: [problem.Invalid] for a bad id, and for a moment before 1970 or more than a day
// ahead; [problem.Unavailable] as of [Store.Update].
func (s *Store) Revoke(ctx context.Context, id string, before time.Time) (Change, error) {
	id, err := ParseID(id)
	if err != nil {
		return Change{}, err
	}
	notBefore := before.Unix()
	if before.Nanosecond() > 0 {
		notBefore++
	}
	if notBefore < 1 || before.After(time.Now().Add(farthestAhead)) {
		return Change{}, problem.New(problem.Invalid, "before must be a time from 1970 to a day from now: it never moves back")
	}
	var change Change
	err = s.write(ctx, "revoke the tokens of the user", func(ctx context.Context, tx bun.Tx) error {
		said, err := readRevocation(ctx, tx, id)
		if err != nil || said >= notBefore {
			return err
		}
		version, err := versionEver(ctx, tx, id)
		if err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(&revocationRow{User: id, NotBefore: notBefore}).
			On("CONFLICT (id_user) DO UPDATE").Set("not_before = EXCLUDED.not_before").Exec(ctx)
		if err != nil {
			return err
		}
		change, err = record(ctx, tx, changeRow{User: id, Version: version, ChangedAt: time.Now().UTC(), Revoked: notBefore})
		return err
	})
	if err != nil || change == (Change{}) {
		return Change{}, mayNotRevoke(err)
	}
	s.Heard(change)
	return change, nil
}

// revocationRow is a revocation as the table has it.
type revocationRow struct {
	bun.BaseModel `bun:"table:token_revocations"`

	User      string `bun:"id_user,pk"`
	NotBefore int64  `bun:"not_before"` // Unix seconds
}

// readRevocation returns the moment of a user's revocation in Unix seconds, 0 for none.
func readRevocation(ctx context.Context, db bun.IDB, id string) (notBefore int64, err error) {
	err = db.NewSelect().Model((*revocationRow)(nil)).Column("not_before").Where("id_user = ?", id).Scan(ctx, &notBefore)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return notBefore, err
}

// mayNotRevoke says what a role lacks that was made before there were revocations.
func mayNotRevoke(err error) error {
	if postgresCode(err) != insufficientPrivilege {
		return err
	}
	return problem.Wrap(err, problem.Unavailable, "this node's role may not use the table token_revocations: GRANT SELECT, INSERT, UPDATE ON token_revocations to it")
}

// versionEver returns the version of a user, or the last of one who was removed; 0 if there
// was never one.
func versionEver(ctx context.Context, tx bun.Tx, id string) (int64, error) {
	row, err := readUser(ctx, tx, id)
	if problem.CodeOf(err) != problem.NotFound {
		return row.Version, err
	}
	last, err := lastVersions(ctx, tx, []string{id})
	return last[id], err
}
