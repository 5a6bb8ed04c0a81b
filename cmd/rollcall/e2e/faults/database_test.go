//go:build unix

package faults

import (
	"context"
	"database/sql"
	"testing"

	"github.com/uptrace/bun/driver/sqliteshim"

	"github.com/rollcall/rollcall/actors/identity/postgrestest"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// locked holds the right to write until a rename was refused for it.
func locked(t testing.TB, s *stage) {
	db, err := sql.Open(sqliteshim.ShimName, "file:"+s.cluster.Database()+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s.crowd.Recorder.Break()
	execute(t, conn, "BEGIN IMMEDIATE")
	s.untilRefused(t)
	s.mustRefuse(t, true)
	execute(t, conn, "ROLLBACK")
	s.crowd.Recorder.Mend()
	s.untilRenamed(t)
	pass(t, whileUp)
}

func execute(t testing.TB, conn *sql.Conn, statement string) {
	t.Helper()
	if _, err := conn.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestTheDatabaseIsLocked(t *testing.T) {
	longOnly(t, "SQLite locked")
	s := setUpLocal(t, crowd.Usual())
	s.mustPlayWhole(t, scene{name: "SQLite locked", play: locked})
	s.report(t)
}

// postgresStage is a cluster on a PostgreSQL of its own.
func postgresStage(t testing.TB) (*stage, *postgrestest.Server, string) {
	t.Helper()
	server := postgrestest.StartOwn(t)
	url := server.NewDatabase(t)
	harness.MakeStore(t, "--database-url", url)
	return setUpLocal(t, crowd.Usual(), "--database-url", url), server, url
}

func TestPostgreSQLFails(t *testing.T) {
	longOnly(t, "PostgreSQL stopped, frozen and read-only")
	s, server, url := postgresStage(t)
	admin, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	do := func(statement string) {
		t.Helper()
		if _, err := admin.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	readOnly := "ALTER DATABASE " + databaseOf(t, admin) + " SET default_transaction_read_only = "
	for _, of := range []scene{
		{name: "PostgreSQL stopped, started", play: broken(
			func(t testing.TB, s *stage) { s.crowd.Renames.Between(server.Stop); s.untilRefused(t) },
			func(testing.TB, *stage) { server.Start() })},
		{name: "PostgreSQL frozen", play: broken(
			func(t testing.TB, s *stage) {
				s.crowd.Renames.Between(func() { server.Freeze(t) }) // one that is being committed would be done later
				s.mustRefuse(t, false)
				s.untilRefused(t)
			},
			func(t testing.TB, _ *stage) { server.Thaw(t) })},
		{name: "PostgreSQL read-only", play: broken(
			func(t testing.TB, s *stage) {
				do(readOnly + "on")
				// Sessions keep what they began with: they have to begin again.
				do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
				s.untilRefused(t)
				s.mustRefuse(t, true)
			},
			func(testing.TB, *stage) { do(readOnly + "off") })}, // to which nodes have to see by themselves
	} {
		s.mustPlayWhole(t, of)
	}
	s.report(t)
}

func databaseOf(t testing.TB, db *sql.DB) (name string) {
	t.Helper()
	if err := db.QueryRow("SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}
