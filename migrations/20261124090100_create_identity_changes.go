package migrations

import (
	"context"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// createIdentityChanges adds the log of the users' changes, from which a node
// reads what it did not hear. Its sequence numbers only ever grow: on SQLite by
// AUTOINCREMENT, without which the number of a deleted last row is given again.
// On PostgreSQL a number is lost when its transaction is rolled back, so readers
// must not wait for numbers that are missing.
func createIdentityChanges() migrate.Migration {
	type identityChange struct {
		bun.BaseModel `bun:"table:identity_changes"`

		Seq       int64     `bun:"seq,pk,autoincrement"`
		User      int64     `bun:"id_user,notnull"`
		Version   int64     `bun:"version,notnull"`
		ChangedAt time.Time `bun:"changed_at,notnull,default:current_timestamp"`
	}
	return migrate.Migration{
		Name:    "20261124090100",
		Comment: "create_identity_changes",
		Up: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			_, err := m.DB().NewCreateTable().
				Model((*identityChange)(nil)).
				IfNotExists().
				ForeignKey("(id_user) REFERENCES users (id_user)").
				Exec(ctx)
			return err
		},
		Down: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			_, err := m.DB().NewDropTable().Model((*identityChange)(nil)).IfExists().Exec(ctx)
			return err
		},
	}
}
