package migrations

import (
	"context"
	"slices"

	"github.com/uptrace/bun/migrate"
)

// State compares the schema of a database with the one that this program expects.
type State struct {
	Missing []string // migrations that are not applied yet, the oldest first
	Newer   []string // numbers of applied ones that this program does not know: a newer one applied them
}

// State returns how the schema is. It changes nothing and takes no lock. Of a
// database that was never migrated the error says that a table does not exist;
// the state is then that everything is missing.
func (m *Migrator) State(ctx context.Context) (State, error) {
	applied, err := m.bun.AppliedMigrations(ctx)
	return compare(m.all, applied), err
}

func compare(ours, applied migrate.MigrationSlice) State {
	var s State
	for _, migration := range ours {
		if !has(applied, migration) {
			s.Missing = append(s.Missing, migration.String())
		}
	}
	for _, migration := range applied {
		if !has(ours, migration) {
			s.Newer = append(s.Newer, migration.Name)
		}
	}
	slices.Sort(s.Newer)
	return s
}

func has(all migrate.MigrationSlice, one migrate.Migration) bool {
	return slices.ContainsFunc(all, func(m migrate.Migration) bool { return m.Name == one.Name })
}
