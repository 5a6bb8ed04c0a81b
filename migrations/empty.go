package migrations

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// empty removes all rows, has the numbers of changes begin at 1 again, and gives the
// store another id. No process that writes comes in between, and none that reads sees a
// half of it.
func empty(ctx context.Context, tx bun.Tx) error {
	if err := removeAll(ctx, tx); err != nil {
		return err
	}
	if err := run(ctx, tx, "DELETE FROM user_store"); err != nil {
		return err
	}
	return nameStore(ctx, tx)
}

func removeAll(ctx context.Context, tx bun.Tx) error {
	if tx.Dialect().Name() != dialect.PG {
		return run(ctx, tx, "DELETE FROM token_revocations", "DELETE FROM identity_changes", "DELETE FROM pruned_changes", "DELETE FROM users", "DELETE FROM sqlite_sequence WHERE name = 'identity_changes'")
	}
	// In the order in which others come to them.
	err := run(ctx, tx, "LOCK TABLE token_revocations, users, identity_changes IN ACCESS EXCLUSIVE MODE",
		"DELETE FROM token_revocations", "DELETE FROM identity_changes", "DELETE FROM pruned_changes", "DELETE FROM users")
	if err != nil {
		return err
	}
	var sequence string
	if err := tx.NewRaw("SELECT pg_get_serial_sequence('identity_changes', 'seq')").Scan(ctx, &sequence); err != nil {
		return err
	}
	return run(ctx, tx, "ALTER SEQUENCE "+sequence+" RESTART") // unlike setval it is part of the transaction
}
