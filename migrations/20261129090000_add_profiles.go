package migrations

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// addProfiles adds what is known of a user besides the name: JSON, kept as the text that it
// came as; NULL for nothing.
func addProfiles() migrate.Migration {
	return migrate.Migration{
		Name:    "20261129090000",
		Comment: "add_profiles",
		Up: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			return inTransaction(ctx, m, func(ctx context.Context, tx bun.Tx) error {
				return addColumn(ctx, tx, "users", "profile", "TEXT")
			})
		},
		Down: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			return inTransaction(ctx, m, func(ctx context.Context, tx bun.Tx) error {
				return dropColumn(ctx, tx, "users", "profile")
			})
		},
	}
}
