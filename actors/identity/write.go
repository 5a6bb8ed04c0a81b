package identity

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Condition says of the version that a user has whether it may be changed. Nil admits
// every version.
type Condition func(version int64) bool

// write does work in one transaction, within [LongestWait].
func (s *Store) write(ctx context.Context, doing string, work func(context.Context, bun.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	return s.writeAtLength(ctx, doing, work)
}

// writeAtLength is write without a bound of its own. Others who write wait meanwhile.
func (s *Store) writeAtLength(ctx context.Context, doing string, work func(context.Context, bun.Tx) error) error {
	err := s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if err := oneWriter(ctx, tx); err != nil {
			return err
		}
		return work(ctx, tx)
	})
	if isReadOnly(err) {
		s.renew() // that may be over already
	}
	return failure(err, doing)
}

// oneWriter lets changes happen one after the other until they are committed, so
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
