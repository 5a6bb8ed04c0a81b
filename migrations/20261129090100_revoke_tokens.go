package migrations

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/migrate"
)

// revokeTokens adds, for each user whose tokens were ever revoked, the moment before which
// they must not have been issued, in Unix seconds. The log of changes says when that was
// changed. Such a user need not be in the table of the users.
func revokeTokens() migrate.Migration {
	return migrate.Migration{
		Name:    "20261129090100",
		Comment: "revoke_tokens",
		Up: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			return inTransaction(ctx, m, func(ctx context.Context, tx bun.Tx) error {
				key := "TEXT"
				if tx.Dialect().Name() == dialect.PG {
					key = `TEXT COLLATE "C"` // as that of the users
				}
				if err := run(ctx, tx, "CREATE TABLE IF NOT EXISTS token_revocations (id_user "+key+" NOT NULL PRIMARY KEY, not_before BIGINT NOT NULL)"); err != nil {
					return err
				}
				return addColumn(ctx, tx, "identity_changes", "revoked", "BIGINT NOT NULL DEFAULT 0")
			})
		},
		Down: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			return inTransaction(ctx, m, func(ctx context.Context, tx bun.Tx) error {
				if left, err := hasColumn(ctx, tx, "identity_changes", "revoked"); err != nil || !left {
					return err
				}
				// They would read as changes of users who have not changed.
				if err := run(ctx, tx, "DELETE FROM identity_changes WHERE revoked > 0", "DROP TABLE IF EXISTS token_revocations"); err != nil {
					return err
				}
				return dropColumn(ctx, tx, "identity_changes", "revoked")
			})
		},
	}
}
