package migrations

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/migrate"

	"github.com/rollcall/rollcall/protos/problem"
)

// Recognise returns an error, [problem.Invalid], if the database is another program's:
// its tables have the names of ours, and other columns, or another program keeps its
// migrations where ours are kept. It changes nothing.
func (m *Migrator) Recognise(ctx context.Context) error {
	applied, err := m.applied(ctx)
	if err != nil {
		return err
	}
	// Before a process that died in between could mark its work, tables are there and no
	// migration is. Columns that somebody has added do not matter where one is.
	marked := slices.ContainsFunc(m.all, func(one migrate.Migration) bool { return has(applied, one) })
	for _, table := range []struct {
		name    string
		columns []string
		later   []string // that a migration has added since
	}{
		{"users", []string{"id_user", "name", "version", "updated_at"}, []string{"profile"}},
		{"identity_changes", []string{"seq", "id_user", "version", "changed_at"}, []string{"removed", "revoked"}},
		{"user_store", []string{"id"}, nil},
		{"pruned_changes", []string{"seq"}, nil},
		{"token_revocations", []string{"id_user", "not_before"}, nil},
	} {
		there, err := m.columns(ctx, table.name)
		if err != nil {
			return err
		}
		lacks := func(column string) bool { return !slices.Contains(there, column) }
		strange := func(column string) bool { return !slices.Contains(slices.Concat(table.columns, table.later), column) }
		if len(there) > 0 && (slices.ContainsFunc(table.columns, lacks) || !marked && slices.ContainsFunc(there, strange)) {
			return problem.New(problem.Invalid, "the database has a table %s that is not Rollcall's (its columns are %s): give Rollcall a database, or on PostgreSQL a schema (?search_path=), of its own. Nothing was changed",
				table.name, strings.Join(there, ", "))
		}
	}
	if state := compare(m.all, applied); len(state.Newer) > 0 && !marked {
		return problem.New(problem.Invalid, "the database has the migrations of another program in its table bun_migrations (%s): give Rollcall a database, or on PostgreSQL a schema (?search_path=), of its own. Nothing was changed",
			strings.Join(state.Newer, ", "))
	}
	return nil
}

// notNewer returns an error if migrations are applied that this program does not know.
func (m *Migrator) notNewer(ctx context.Context) error {
	applied, err := m.applied(ctx)
	if state := compare(m.all, applied); err == nil && len(state.Newer) > 0 {
		err = problem.New(problem.Invalid, "the user store has migrations that this version of Rollcall does not know (%s): use the version that applied them. Nothing was changed",
			strings.Join(state.Newer, ", "))
	}
	return err
}

// applied returns the migrations that are applied, none if there is no table of them.
func (m *Migrator) applied(ctx context.Context) (migrate.MigrationSlice, error) {
	if there, err := hasColumn(ctx, m.db, "bun_migrations", "name"); err != nil || !there {
		return nil, err
	}
	return m.bun.AppliedMigrations(ctx)
}

// columns returns the names of a table's columns, none if there is no such table.
func (m *Migrator) columns(ctx context.Context, table string) (names []string, err error) {
	query := "SELECT name FROM pragma_table_info(?)"
	if m.db.Dialect().Name() == dialect.PG {
		query = "SELECT column_name FROM information_schema.columns " +
			"WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position"
	}
	err = m.db.NewRaw(query, table).Scan(ctx, &names)
	return names, err
}
