package migrations

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// pruneChanges adds the number of the last change that was deleted from the log, in one
// row, or none if there was none: by that a node which has not read so far notices.
func pruneChanges() migrate.Migration {
	type prunedChanges struct {
		bun.BaseModel `bun:"table:pruned_changes"`

		Seq int64 `bun:"seq,notnull"`
	}
	return migrate.Migration{
		Name:    "20261128090300",
		Comment: "prune_changes",
		Up: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			_, err := m.DB().NewCreateTable().Model((*prunedChanges)(nil)).IfNotExists().Exec(ctx)
			return err
		},
		Down: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			_, err := m.DB().NewDropTable().Model((*prunedChanges)(nil)).IfExists().Exec(ctx)
			return err
		},
	}
}
