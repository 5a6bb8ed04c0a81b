package migrations

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
)

// seed inserts the users that are missing, in one statement, but for those that were
// removed: else they would be back whenever a node starts, at a version that they had.
func seed(ctx context.Context, db bun.IDB) (int, error) {
	type user struct {
		bun.BaseModel `bun:"table:users"`

		ID   string `bun:"id_user,pk"`
		Name string `bun:"name"`
	}
	users := []user{
		{ID: "1", Name: "John"},
		{ID: "2", Name: "Mary"},
		{ID: "3", Name: "Mike"},
		{ID: "4", Name: "Frank"},
		{ID: "5", Name: "Stephanie"},
		{ID: "6", Name: "Richard"},
		{ID: "7", Name: "Sonia"},
		{ID: "8", Name: "Charlie"},
		{ID: "9", Name: "Rowan"},
		{ID: "10", Name: "Victoria"},
	}
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	var removed []string
	err := db.NewSelect().Table("identity_changes").Column("id_user").
		Where("removed").Where("id_user IN (?)", bun.List(ids)).Scan(ctx, &removed)
	if err != nil {
		return 0, fmt.Errorf("read who was removed (are the migrations applied?): %w", err)
	}
	users = slices.DeleteFunc(users, func(u user) bool { return slices.Contains(removed, u.ID) })
	if len(users) == 0 {
		return 0, nil
	}
	result, err := db.NewInsert().Model(&users).On("CONFLICT (id_user) DO NOTHING").Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("insert the first users (are the migrations applied?): %w", err)
	}
	added, err := result.RowsAffected()
	return int(added), err
}
