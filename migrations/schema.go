package migrations

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/migrate"
)

// inTransaction runs work in a transaction of the migrated database.
func inTransaction(ctx context.Context, m *migrate.Migrator, work func(context.Context, bun.Tx) error) error {
	return m.DB().RunInTx(ctx, nil, work)
}

// run executes statements one after the other.
func run(ctx context.Context, db bun.IDB, statements ...string) error {
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// addColumn adds a column to a table that lacks it.
func addColumn(ctx context.Context, db bun.IDB, table, column, kind string) error {
	if there, err := hasColumn(ctx, db, table, column); err != nil || there {
		return err
	}
	return run(ctx, db, "ALTER TABLE "+table+" ADD COLUMN "+column+" "+kind)
}

// dropColumn takes a column from a table that has it.
func dropColumn(ctx context.Context, db bun.IDB, table, column string) error {
	if there, err := hasColumn(ctx, db, table, column); err != nil || !there {
		return err
	}
	return run(ctx, db, "ALTER TABLE "+table+" DROP COLUMN "+column)
}

// hasColumn reports whether there is a table with this column, in the schema that
// the connection uses.
func hasColumn(ctx context.Context, db bun.IDB, table, column string) (bool, error) {
	query := "SELECT COUNT(*) FROM pragma_table_info(?) WHERE name = ?"
	if db.Dialect().Name() == dialect.PG {
		query = "SELECT COUNT(*) FROM information_schema.columns " +
			"WHERE table_schema = current_schema() AND table_name = ? AND column_name = ?"
	}
	var n int
	err := db.NewRaw(query, table, column).Scan(ctx, &n)
	return n > 0, err
}
