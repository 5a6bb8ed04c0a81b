package migrations

import (
	"context"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// createUsers adds the table of the users. The version of a user starts at 1
// and grows by one with each new name.
func createUsers() migrate.Migration {
	type user struct {
		bun.BaseModel `bun:"table:users"`

		ID        int64     `bun:"id_user,pk"`
		Name      string    `bun:"name,type:text,notnull"`
		Version   int64     `bun:"version,notnull,default:1"`
		UpdatedAt time.Time `bun:"updated_at,notnull,default:current_timestamp"`
	}
	return migrate.Migration{
		Name:    "20261124090000",
		Comment: "create_users",
		Up: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			_, err := m.DB().NewCreateTable().Model((*user)(nil)).IfNotExists().Exec(ctx)
			return err
		},
		Down: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			_, err := m.DB().NewDropTable().Model((*user)(nil)).IfExists().Exec(ctx)
			return err
		},
	}
}
