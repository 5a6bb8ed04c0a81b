package identity

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// changeRow is a change as the table has it.
type changeRow struct {
	bun.BaseModel `bun:"table:identity_changes"`

	Seq       int64     `bun:"seq,pk,autoincrement"`
	User      string    `bun:"id_user"`
	Version   int64     `bun:"version"`
	ChangedAt time.Time `bun:"changed_at"`
	Removed   bool      `bun:"removed"`
	Revoked   int64     `bun:"revoked"` // Unix seconds, 0 for no revocation
}

func (r changeRow) change() Change {
	return Change{Seq: r.Seq, User: r.User, Version: r.Version, Removed: r.Removed, Revoked: r.Revoked, At: r.ChangedAt.UnixMilli()}
}

// ChangesAfter returns the changes behind seq in the order of their numbers, at
// most limit. Numbers may be missing between them; one that is missing below the
// last that was returned never comes.
func (s *Store) ChangesAfter(ctx context.Context, seq int64, limit int) ([]Change, error) {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	var rows []changeRow
	err := s.db.NewSelect().Model(&rows).Where("seq > ?", seq).Order("seq").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, failure(err, "read the changes of users")
	}
	changes := make([]Change, len(rows))
	for i, row := range rows {
		changes[i] = row.change()
	}
	return changes, nil
}

// LastSeq returns the number of the newest change, 0 if there was none.
func (s *Store) LastSeq(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, LongestWait)
	defer cancel()
	var seq int64
	err := s.db.NewSelect().Model((*changeRow)(nil)).ColumnExpr("COALESCE(MAX(seq), 0)").Scan(ctx, &seq)
	return seq, failure(err, "read the changes of users")
}
