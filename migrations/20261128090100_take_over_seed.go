package migrations

import (
	"context"
	"log/slog"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"
)

// takeOverSeed copies the users of the playground that Rollcall grew out of, if the
// database is one of its own: its table "user" has the columns id_user and name.
// That table stays as it is. Whose id cannot be one here is left out, and named in
// the log.
func takeOverSeed(takesID func(string) error, log *slog.Logger) migrate.Migration {
	return migrate.Migration{
		Name:    "20261128090100",
		Comment: "take_over_seed",
		Up: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			return inTransaction(ctx, m, func(ctx context.Context, tx bun.Tx) error {
				return takeOver(ctx, tx, takesID, log)
			})
		},
		Down: func(context.Context, *migrate.Migrator, *migrate.Migration) error { return nil },
	}
}

func takeOver(ctx context.Context, tx bun.Tx, takesID func(string) error, log *slog.Logger) error {
	for _, column := range []string{"id_user", "name"} {
		if there, err := hasColumn(ctx, tx, "user", column); err != nil || !there {
			return err
		}
	}
	type user struct {
		bun.BaseModel `bun:"table:users"`

		ID   string `bun:"id_user,pk"`
		Name string `bun:"name"`
	}
	var found []user
	err := tx.NewRaw(`SELECT COALESCE(CAST(id_user AS text), '') AS id_user,
		COALESCE(CAST(name AS text), CAST(id_user AS text)) AS name FROM "user"`).Scan(ctx, &found)
	if err != nil {
		return err
	}
	var taken []user
	for _, u := range found {
		if err := takesID(u.ID); err != nil {
			log.Warn("a user of the table user is not taken over", "id_user", u.ID, "err", err)
			continue
		}
		taken = append(taken, u)
	}
	const chunk = 500
	for len(taken) > 0 {
		some := taken[:min(chunk, len(taken))]
		taken = taken[len(some):]
		if _, err := tx.NewInsert().Model(&some).On("CONFLICT (id_user) DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
