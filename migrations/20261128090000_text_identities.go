package migrations

import (
	"context"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/migrate"

	"github.com/rollcall/rollcall/protos/problem"
)

// textIdentities makes the ids of users text, which is compared byte by byte. The
// log of changes no longer refers to the table of the users: it also has the
// removals of those who are no more, and is asked for a user's latest version.
func textIdentities() migrate.Migration {
	return migrate.Migration{
		Name:    "20261128090000",
		Comment: "text_identities",
		Up: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			return inTransaction(ctx, m, func(ctx context.Context, tx bun.Tx) error {
				if done, err := hasColumn(ctx, tx, "identity_changes", "removed"); err != nil || done {
					return err
				}
				if tx.Dialect().Name() == dialect.PG {
					return run(ctx, tx, postgresToText()...)
				}
				return run(ctx, tx, sqliteToText()...)
			})
		},
		Down: func(ctx context.Context, m *migrate.Migrator, _ *migrate.Migration) error {
			return inTransaction(ctx, m, func(ctx context.Context, tx bun.Tx) error {
				if left, err := hasColumn(ctx, tx, "identity_changes", "removed"); err != nil || !left {
					return err
				}
				if err := onlyNumbers(ctx, tx); err != nil {
					return err
				}
				if tx.Dialect().Name() == dialect.PG {
					return run(ctx, tx, postgresToNumbers()...)
				}
				return run(ctx, tx, sqliteToNumbers()...)
			})
		},
	}
}

// onlyNumbers returns an error if there are users whose ids were no ids before.
func onlyNumbers(ctx context.Context, db bun.IDB) error {
	whole := sqliteWhole
	if db.Dialect().Name() == dialect.PG {
		whole = postgresWhole
	}
	var others int
	if err := db.NewRaw("SELECT COUNT(*) FROM users WHERE NOT ("+whole+")").Scan(ctx, &others); err != nil {
		return err
	}
	if others > 0 {
		return problem.New(problem.Invalid, "The schema before this one has whole numbers from 1 for ids, "+
			"and %d users have other ids: remove these users first. Nothing was changed", others)
	}
	return nil
}

// mayBeNumbers is onlyNumbers for a database that need not have ids of text.
func (m *Migrator) mayBeNumbers(ctx context.Context) error {
	if texts, err := hasColumn(ctx, m.db, "identity_changes", "removed"); err != nil || !texts {
		return err
	}
	return onlyNumbers(ctx, m.db)
}

// What makes an id a whole number from 1 as an int64 is written.
const (
	sqliteWhole   = "CAST(CAST(id_user AS INTEGER) AS TEXT) = id_user AND CAST(id_user AS INTEGER) > 0"
	postgresWhole = "id_user ~ '^[1-9][0-9]{0,18}$' AND (length(id_user) < 19 OR id_user <= '9223372036854775807')"
)

// SQLite changes no column's type, so the tables are made anew. The numbers of
// changes go on behind the last that was ever given.
const (
	sqliteKeepNumbers = `INSERT INTO sqlite_sequence (name, seq)
		SELECT 'new_changes', seq FROM sqlite_sequence WHERE name = 'identity_changes'`
	sqliteDropNumbers = `DELETE FROM sqlite_sequence WHERE name = 'new_changes'`
)

func sqliteToText() []string {
	return []string{
		`CREATE TABLE new_users (
			id_user TEXT NOT NULL PRIMARY KEY,
			name TEXT NOT NULL,
			version INTEGER NOT NULL DEFAULT 1,
			updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
		)`,
		`INSERT INTO new_users SELECT CAST(id_user AS TEXT), name, version, updated_at FROM users`,
		`CREATE TABLE new_changes (
			seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
			id_user TEXT NOT NULL,
			version INTEGER NOT NULL,
			changed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
			removed BOOLEAN NOT NULL DEFAULT FALSE
		)`,
		`INSERT INTO new_changes (seq, id_user, version, changed_at)
			SELECT seq, CAST(id_user AS TEXT), version, changed_at FROM identity_changes`,
		sqliteDropNumbers, sqliteKeepNumbers,
		`DROP TABLE identity_changes`,
		`DROP TABLE users`,
		`ALTER TABLE new_users RENAME TO users`,
		`ALTER TABLE new_changes RENAME TO identity_changes`,
		`CREATE INDEX identity_changes_of_user ON identity_changes (id_user, version)`,
	}
}

func sqliteToNumbers() []string {
	return []string{
		`CREATE TABLE new_users (
			id_user INTEGER NOT NULL PRIMARY KEY,
			name TEXT NOT NULL,
			version INTEGER NOT NULL DEFAULT 1,
			updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
		)`,
		`INSERT INTO new_users SELECT CAST(id_user AS INTEGER), name, version, updated_at FROM users`,
		`CREATE TABLE new_changes (
			seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
			id_user INTEGER NOT NULL REFERENCES new_users (id_user),
			version INTEGER NOT NULL,
			changed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
		)`,
		`INSERT INTO new_changes (seq, id_user, version, changed_at)
			SELECT seq, CAST(id_user AS INTEGER), version, changed_at FROM identity_changes
			WHERE NOT removed AND id_user IN (SELECT id_user FROM users)`,
		sqliteDropNumbers, sqliteKeepNumbers,
		`DROP TABLE identity_changes`,
		`DROP TABLE users`,
		`ALTER TABLE new_users RENAME TO users`,
		`ALTER TABLE new_changes RENAME TO identity_changes`,
	}
}

func postgresToText() []string {
	return []string{
		`ALTER TABLE identity_changes DROP CONSTRAINT IF EXISTS identity_changes_id_user_fkey`,
		`ALTER TABLE users ALTER COLUMN id_user TYPE text COLLATE "C" USING id_user::text`,
		`ALTER TABLE identity_changes ALTER COLUMN id_user TYPE text COLLATE "C" USING id_user::text`,
		`ALTER TABLE identity_changes ADD COLUMN removed boolean NOT NULL DEFAULT FALSE`,
		`CREATE INDEX identity_changes_of_user ON identity_changes (id_user, version)`,
	}
}

func postgresToNumbers() []string {
	return []string{
		`DROP INDEX identity_changes_of_user`,
		`DELETE FROM identity_changes WHERE removed OR id_user NOT IN (SELECT id_user FROM users)`,
		`ALTER TABLE identity_changes DROP COLUMN removed`,
		`ALTER TABLE identity_changes ALTER COLUMN id_user TYPE bigint USING id_user::bigint`,
		`ALTER TABLE users ALTER COLUMN id_user TYPE bigint USING id_user::bigint`,
		`ALTER TABLE identity_changes ADD CONSTRAINT identity_changes_id_user_fkey
			FOREIGN KEY (id_user) REFERENCES users (id_user)`,
	}
}
