//go:build unix

package migrations_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/migrations"
	"github.com/rollcall/rollcall/protos/problem"
)

// all that changes a database.
func changes(m *migrations.Migrator) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Up":    func(ctx context.Context) error { _, err := m.Up(ctx); return err },
		"Down":  func(ctx context.Context) error { _, err := m.Down(ctx); return err },
		"Seed":  func(ctx context.Context) error { _, err := m.Seed(ctx); return err },
		"Reset": m.Reset,
		"Empty": m.Empty,
	}
}

// contents returns the rows of all tables of a database, as text.
func contents(t *testing.T, url string) map[string][]string {
	t.Helper()
	db, err := openSQL(url)
	must(t, err)
	defer db.Close()
	query := func(statement string) (list []string) {
		rows, err := db.QueryContext(t.Context(), statement)
		must(t, err)
		defer rows.Close()
		columns, err := rows.Columns()
		must(t, err)
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		for rows.Next() {
			must(t, rows.Scan(into...))
			list = append(list, strings.Trim(fmt.Sprint(row...), "[]"))
		}
		must(t, rows.Err())
		slices.Sort(list)
		return list
	}
	names := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if strings.HasPrefix(url, "postgres:") {
		names = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()"
	}
	all := make(map[string][]string)
	for _, table := range query(names) {
		all[table] = query(`SELECT * FROM "` + table + `"`)
	}
	return all
}

// untouched does work that must be refused, and must leave no trace.
func untouched(t *testing.T, url, name string, work func(context.Context) error, says ...string) {
	t.Helper()
	before := contents(t, url)
	err := work(t.Context())
	if problem.CodeOf(err) != problem.Invalid {
		t.Errorf("%s: %v, want it refused", name, err)
	}
	for _, part := range says {
		if err != nil && !strings.Contains(problem.MessageOf(err), part) {
			t.Errorf("%s does not say %q: %v", name, part, err)
		}
	}
	if diff := cmp.Diff(before, contents(t, url)); diff != "" {
		t.Errorf("%s changed the database (-before +after):\n%s", name, diff)
	}
}

func foreignUsersAreLeftAlone(t *testing.T, url string) {
	for _, columns := range []string{
		"id INTEGER PRIMARY KEY, email VARCHAR(100)",
		"id_user INTEGER PRIMARY KEY, name VARCHAR(100)",
		"id_user INTEGER PRIMARY KEY, name VARCHAR(100), version INTEGER, updated_at TIMESTAMP, password VARCHAR(100)",
	} {
		execute(t, url, "CREATE TABLE users ("+columns+")")
		execute(t, url, "INSERT INTO users VALUES (1, 'ann@example.com'"+strings.Repeat(", NULL", strings.Count(columns, ",")-1)+")")
		m := open(t, url).Migrator()
		for name, work := range changes(m) {
			untouched(t, url, name, work, "table users that is not Rollcall's", "of its own")
		}
		if _, err := m.Loss(t.Context()); problem.CodeOf(err) != problem.Invalid {
			t.Errorf("Loss: %v", err)
		}
		execute(t, url, "DROP TABLE users")
	}
	execute(t, url, "CREATE TABLE identity_changes (id INTEGER, what VARCHAR(100))")
	for name, work := range changes(open(t, url).Migrator()) {
		untouched(t, url, name, work, "table identity_changes")
	}
}

// Another program that keeps its migrations as we do.
func foreignMigrationsAreLeftAlone(t *testing.T, url string) {
	execute(t, url, `CREATE TABLE bun_migrations (id INTEGER, name VARCHAR(100), group_id INTEGER, migrated_at TIMESTAMP)`)
	execute(t, url, `INSERT INTO bun_migrations VALUES (1, '20200101000000', 1, '2020-01-01 00:00:00')`)
	for name, work := range changes(open(t, url).Migrator()) {
		untouched(t, url, name, work, "another program", "20200101000000")
	}
}

func newerSchemaIsLeftAlone(t *testing.T, url string) {
	store := open(t, url)
	m := store.Migrator()
	must(t, m.Reset(t.Context()))
	execute(t, url, `INSERT INTO bun_migrations (name, group_id) VALUES ('29990101000000', 2)`)
	execute(t, url, `ALTER TABLE users ADD COLUMN later VARCHAR(100)`)
	for name, work := range changes(m) {
		if name != "Up" && name != "Seed" {
			untouched(t, url, name, work, "29990101000000", "the version that applied them")
		}
	}
	if _, err := m.Loss(t.Context()); problem.CodeOf(err) != problem.Invalid {
		t.Errorf("Loss: %v", err)
	}
	applied, err := m.Up(t.Context())
	if err != nil || len(applied) > 0 {
		t.Errorf("Up, to which nothing is left to do: %v, %v", applied, err)
	}
	execute(t, url, `DELETE FROM bun_migrations WHERE name = '20261128090100'`)
	untouched(t, url, "Up", changes(m)["Up"], "29990101000000")
}

// A process that died between a migration and its mark.
func unmarkedTablesAreOurs(t *testing.T, url string) {
	store := open(t, url)
	must(t, store.Migrator().Reset(t.Context()))
	execute(t, url, `DELETE FROM bun_migrations`)
	applied, err := store.Migrator().Up(t.Context())
	must(t, err)
	if users, err := store.Page(t.Context(), "", 100); len(applied) != 8 || len(users) != 10 || err != nil {
		t.Errorf("%v, %d users, %v", applied, len(users), err)
	}
	execute(t, url, `ALTER TABLE users ADD COLUMN department VARCHAR(100)`) // an operator's
	must(t, store.Migrator().Reset(t.Context()))
}

func emptyLeavesNobody(t *testing.T, url string) {
	execute(t, url, `CREATE TABLE "user" (id_user varchar(255), name varchar(255))`)
	execute(t, url, `INSERT INTO "user" (id_user, name) VALUES ('foo', 'Foo')`)
	store := open(t, url)
	m := store.Migrator()
	must(t, m.Reset(t.Context()))
	_, _, err := store.Update(t.Context(), "2", identity.Edit{Name: new("Maria")}, nil)
	must(t, err)
	loss, err := m.Loss(t.Context())
	must(t, err)
	if loss.Users != 11 || loss.Changes != 1 || len(loss.LastDone) != 8 || loss.LastDone[0] != "20261129090100_revoke_tokens" {
		t.Errorf("to lose: %+v", loss)
	}
	must(t, m.Empty(t.Context()))
	users, err := store.Page(t.Context(), "", 100)
	must(t, err)
	if diff := cmp.Diff([]identity.User{{ID: "foo", Name: "Foo", Version: 1}}, users); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, change, err := store.Update(t.Context(), "foo", identity.Edit{Name: new("Fu")}, nil)
	must(t, err)
	if change.Seq != 1 {
		t.Errorf("the first change has the number %d", change.Seq)
	}
}

// What fails half-way leaves everything as it was.
func resetIsWholeOrNot(t *testing.T, url string) {
	store := open(t, url)
	m := store.Migrator()
	must(t, m.Reset(t.Context()))
	_, _, err := store.Update(t.Context(), "2", identity.Edit{Name: new("Maria")}, nil)
	must(t, err)
	if strings.HasPrefix(url, "postgres:") {
		execute(t, url, `CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'no'; END $$ LANGUAGE plpgsql`)
		execute(t, url, `CREATE TRIGGER refusing BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION refuse()`)
	} else {
		execute(t, url, `CREATE TRIGGER refusing BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'no'); END`)
	}
	before := contents(t, url)
	if err := m.Reset(t.Context()); err == nil {
		t.Fatal("nothing failed")
	}
	if diff := cmp.Diff(before, contents(t, url)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	_, change, err := store.Update(t.Context(), "2", identity.Edit{Name: new("Mia")}, nil)
	must(t, err)
	if change.Seq != 2 {
		t.Errorf("the second change has the number %d", change.Seq)
	}
}

func downIsRefusedBeforeItBegins(t *testing.T, url string) {
	store := open(t, url)
	must(t, store.Migrator().Reset(t.Context()))
	execute(t, url, `INSERT INTO users (id_user, name) VALUES ('foo', 'Foo')`)
	untouched(t, url, "Down", changes(store.Migrator())["Down"], "1 users have other ids")
	state, err := store.Migrator().State(t.Context())
	if err != nil || len(state.Missing) > 0 {
		t.Errorf("%+v, %v", state, err)
	}
}
