package identity

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

const (
	// pruneEvery is the pause between two looks of one node, give or take a half: its
	// cluster has others.
	pruneEvery = time.Minute

	// pruneLimit is how many numbers are gone through in one transaction, for which
	// whoever renames a user has to wait.
	pruneLimit = 2000
)

// Kept says which changes the log keeps: those that are not older, and no more.
type Kept struct {
	Age  time.Duration
	Most int
}

// Prune deletes changes from the beginning of the log, of at most 2,000 numbers, and
// reports whether there may be more to delete. It keeps the newest change, by which it
// is known how far the log reaches, and the removals of who has not been added again:
// they say at which version a user goes on who is.
//
// Any node may do so at any time. What has gone is told by [Store.Pruned].
func (s *Store) Prune(ctx context.Context, keep Kept, now time.Time) (more bool, err error) {
	if until, err := s.pruneUntil(ctx, s.db, keep, now); err != nil || until == 0 {
		return false, failure(err, "look for old changes of users")
	}
	err = s.write(ctx, "delete old changes of users", func(ctx context.Context, tx bun.Tx) error {
		if tx.Dialect().Name() == dialect.PG {
			// Whoever empties the log waits, or was first.
			if _, err := tx.ExecContext(ctx, "LOCK TABLE identity_changes IN ROW EXCLUSIVE MODE"); err != nil {
				return err
			}
		}
		until, err := s.pruneUntil(ctx, tx, keep, now) // another node may have done it
		if err != nil || until == 0 {
			return err
		}
		more = true
		_, err = tx.NewDelete().Model((*changeRow)(nil)).
			Where("seq <= ?", until).
			Where("NOT removed OR EXISTS (SELECT 1 FROM users WHERE users.id_user = change_row.id_user)").Exec(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM pruned_changes"); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO pruned_changes (seq) VALUES (?)", until)
		return err
	})
	return more, err
}

// pruneUntil returns the number up to which changes are to be deleted next, 0 if there
// is nothing to do.
func (s *Store) pruneUntil(ctx context.Context, db bun.IDB, keep Kept, now time.Time) (until int64, err error) {
	pruned, err := prunedOf(ctx, db)
	if err != nil {
		return 0, err
	}
	var first, last, young, few int64
	log := func() *bun.SelectQuery { return db.NewSelect().Model((*changeRow)(nil)).Where("seq > ?", pruned) }
	if err := log().ColumnExpr("COALESCE(MIN(seq), 0), COALESCE(MAX(seq), 0)").Scan(ctx, &first, &last); err != nil || last == 0 {
		return 0, err
	}
	// The first that is young enough, in the order of numbers: clocks differ.
	young = last
	var found []int64
	if err := log().Column("seq").Where("changed_at >= ?", now.Add(-keep.Age).UTC()).Order("seq").Limit(1).Scan(ctx, &found); err != nil {
		return 0, err
	}
	if len(found) > 0 {
		young = found[0]
	}
	found = nil
	if err := log().Column("seq").Order("seq DESC").Offset(int64(keep.Most)-1).Limit(1).Scan(ctx, &found); err != nil {
		return 0, err
	}
	if len(found) > 0 {
		few = found[0]
	}
	if until = min(max(young, few)-1, first+pruneLimit-1); until < first {
		return 0, nil
	}
	return until, nil
}

// Pruned returns up to which number changes are missing in the log, 0 for none.
func (s *Store) Pruned(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	seq, err := prunedOf(ctx, s.db)
	return seq, failure(err, "read the changes of users")
}

func prunedOf(ctx context.Context, db bun.IDB) (seq int64, err error) {
	err = db.NewSelect().Table("pruned_changes").ColumnExpr("COALESCE(MAX(seq), 0)").Scan(ctx, &seq)
	return seq, err
}

// KeepPruned prunes the log until ctx ends.
func (s *Store) KeepPruned(ctx context.Context, keep Kept, log *slog.Logger) {
	next := time.NewTimer(rand.N(pruneEvery))
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = s.Prune(ctx, keep, time.Now()); err != nil && ctx.Err() == nil {
				log.Debug("old changes of users were not deleted", "err", err) // readiness says what is wrong with the store
			}
		}
		next.Reset(pruneEvery/2 + rand.N(pruneEvery))
	}
}

// Behind returns which of these users may have changed since a moment, by the clock of
// whoever changed them.
func (s *Store) Behind(ctx context.Context, ids []string, since time.Time) (changed []User, err error) {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	rows, err := s.rows(ctx, ids)
	for _, row := range rows {
		if !row.UpdatedAt.Before(since) {
			changed = append(changed, row.user())
		}
	}
	return changed, err
}
