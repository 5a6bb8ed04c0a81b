//go:build unix

package migrations_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
)

// numbered is a database of before ids were text, with users and changes: of the
// three changes that there were, the last has been lost.
func numbered(t *testing.T, url string) {
	t.Helper()
	key, pk := "INTEGER NOT NULL", `"seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT`
	if strings.HasPrefix(url, "postgres:") {
		key, pk = "BIGINT NOT NULL", `"seq" BIGSERIAL NOT NULL PRIMARY KEY`
	}
	for _, statement := range []string{
		`CREATE TABLE bun_migrations ("id" ` + strings.TrimPrefix(pk, `"seq" `) + `, "name" VARCHAR, "group_id" BIGINT, "migrated_at" TIMESTAMP NOT NULL DEFAULT current_timestamp)`,
		`INSERT INTO bun_migrations (name, group_id) VALUES ('20261124090000', 1), ('20261124090100', 1)`,
		`CREATE TABLE users ("id_user" ` + key + `, "name" text NOT NULL, "version" BIGINT NOT NULL DEFAULT 1, "updated_at" TIMESTAMP NOT NULL DEFAULT current_timestamp, PRIMARY KEY ("id_user"))`,
		`CREATE TABLE identity_changes (` + pk + `, "id_user" ` + key + `, "version" BIGINT NOT NULL, "changed_at" TIMESTAMP NOT NULL DEFAULT current_timestamp, FOREIGN KEY (id_user) REFERENCES users (id_user))`,
		`INSERT INTO users (id_user, name, version, updated_at) VALUES (7, 'Sonia', 1, '2026-11-24 08:00:00'), (2, 'Maria', 3, '2026-11-25 09:00:00'), (9223372036854775807, 'Last', 1, '2026-11-24 08:00:00')`,
		`INSERT INTO identity_changes (id_user, version, changed_at) VALUES (2, 2, '2026-11-25 08:30:00'), (2, 3, '2026-11-25 09:00:00'), (7, 2, '2026-11-25 10:00:00')`,
		`DELETE FROM identity_changes WHERE seq = 3`,
	} {
		execute(t, url, statement)
	}
}

func oldDatabaseIsMigratedInPlace(t *testing.T, url string) {
	numbered(t, url)
	store := open(t, url)
	applied, err := store.Migrator().Up(t.Context())
	must(t, err)
	if diff := cmp.Diff([]string{"20261128090000_text_identities", "20261128090100_take_over_seed", "20261128090200_create_user_store", "20261128090300_prune_changes", "20261129090000_add_profiles", "20261129090100_revoke_tokens"}, applied); diff != "" {
		t.Fatalf("applied (-want +got):\n%s", diff)
	}
	users := []identity.User{
		{ID: "2", Name: "Maria", Version: 3}, {ID: "7", Name: "Sonia", Version: 1}, {ID: "9223372036854775807", Name: "Last", Version: 1},
	}
	changes := []identity.Change{
		{Seq: 1, User: "2", Version: 2, At: time.Date(2026, 11, 25, 8, 30, 0, 0, time.UTC).UnixMilli()},
		{Seq: 2, User: "2", Version: 3, At: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC).UnixMilli()},
	}
	holds := func(users []identity.User, changes []identity.Change) {
		t.Helper()
		got, err := store.Users(t.Context(), []string{"2", "7", "9223372036854775807", "foo"})
		must(t, err)
		if diff := cmp.Diff(users, got); diff != "" {
			t.Errorf("users (-want +got):\n%s", diff)
		}
		log, err := store.ChangesAfter(t.Context(), 0, 10)
		must(t, err)
		if diff := cmp.Diff(changes, log); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	}
	holds(users, changes)

	execute(t, url, `INSERT INTO users (id_user, name) VALUES ('foo', 'Foo')`)
	if _, err := store.Migrator().Down(t.Context()); problem.CodeOf(err) != problem.Invalid || !strings.Contains(problem.MessageOf(err), "1 users have other ids") {
		t.Fatalf("back with an id that was none: %v", err)
	}
	holds(append(slices.Clone(users), identity.User{ID: "foo", Name: "Foo", Version: 1}), changes)
	execute(t, url, `DELETE FROM users WHERE id_user = 'foo'`)
	execute(t, url, `INSERT INTO identity_changes (id_user, version, removed) VALUES ('foo', 2, TRUE)`)

	if _, err := store.Migrator().Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	execute(t, url, `INSERT INTO identity_changes (id_user, version) VALUES (7, 2)`)
	if err := tryExecute(t.Context(), url, `INSERT INTO identity_changes (id_user, version) VALUES (8, 2)`); err == nil && strings.HasPrefix(url, "postgres:") {
		t.Error("a change of nobody was taken")
	}
	_, err = store.Migrator().Up(t.Context())
	must(t, err)
	got, err := store.ChangesAfter(t.Context(), 0, 10)
	must(t, err)
	if len(got) < 3 || got[2].User != "7" || got[2].Seq < 5 { // 3 and 4 were given, whatever became of them
		t.Errorf("changes after there and back: %+v", got)
	}
}

func tryExecute(ctx context.Context, url, statement string) error {
	db, err := openSQL(url)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}

func idsAreComparedByteByByte(t *testing.T, url string) {
	store := open(t, url)
	_, err := store.Migrator().Up(t.Context())
	must(t, err)
	ids := []string{"+7", "007", "7", "98765432109876543210", "A", "Ann@example.com", "a", "ann@example.com", "auth0|5f7c", "é", "e\u0301", "日本"}
	for _, id := range ids {
		execute(t, url, `INSERT INTO users (id_user, name) VALUES ('`+id+`', 'Name')`)
	}
	users, err := store.Users(t.Context(), ids)
	must(t, err)
	var got []string
	for _, u := range users {
		got = append(got, u.ID)
	}
	slices.Sort(ids)
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func seedsDatabaseIsTakenOver(t *testing.T, url string) {
	execute(t, url, `CREATE TABLE "user" (id_user varchar(255), name varchar(255))`)
	execute(t, url, `INSERT INTO "user" (id_user, name) VALUES ('foo', 'Foo'), ('2', 'Somebody'), ('bar', NULL), ('foo', 'Twice'), ('', 'Nobody'), (NULL, 'None')`)
	var log bytes.Buffer
	store, err := identity.Open(t.Context(), url, slog.New(slog.NewTextHandler(&log, nil)))
	must(t, err)
	defer store.Close()
	_, err = store.Migrator().Up(t.Context())
	must(t, err)
	_, err = store.Migrator().Seed(t.Context())
	must(t, err)
	users, err := store.Users(t.Context(), []string{"foo", "bar", "2", "1", ""})
	must(t, err)
	want := []identity.User{
		{ID: "1", Name: "John", Version: 1}, {ID: "2", Name: "Somebody", Version: 1}, {ID: "bar", Name: "bar", Version: 1}, {ID: "foo", Name: "Foo", Version: 1},
	}
	if diff := cmp.Diff(want, users); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := strings.Count(log.String(), "not taken over"); n != 2 {
		t.Errorf("%d users are named as left out, want 2:\n%s", n, &log)
	}
	if err := tryExecute(t.Context(), url, `INSERT INTO "user" (id_user, name) VALUES ('later', 'Later')`); err != nil {
		t.Errorf("the seed's own table is gone: %v", err)
	}
}
