package migrations

import (
	"context"
	"crypto/rand"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// createUserStore gives the store a name of its own, drawn at random, by which nodes
// see whether they use the same one, and whether it was reset: that makes a new one.
func createUserStore() migrate.Migration {
	return migrate.Migration{
		Name:    "20261128090200",
		Comment: "create_user_store",
		Up: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			return inTransaction(ctx, m, func(ctx context.Context, tx bun.Tx) error {
				if err := run(ctx, tx, "CREATE TABLE IF NOT EXISTS user_store (id VARCHAR(64) NOT NULL PRIMARY KEY)"); err != nil {
					return err
				}
				return nameStore(ctx, tx)
			})
		},
		Down: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			return run(ctx, m.DB(), "DROP TABLE IF EXISTS user_store")
		},
	}
}

// nameStore gives a store an id that has none.
func nameStore(ctx context.Context, tx bun.Tx) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO user_store (id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM user_store)", rand.Text())
	return err
}
