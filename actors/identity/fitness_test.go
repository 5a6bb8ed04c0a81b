//go:build unix

package identity

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity/postgrestest"
	"github.com/rollcall/rollcall/protos/problem"
)

func fitIfItsSchemaIsThatOfTheProgram(t *testing.T, url string) {
	store := open(t, url)
	wantUnfit(t, store, Unmigrated, "20261124090000_create_users", "rollcall db migrate")

	_, err := store.Migrator().Up(t.Context())
	actorstest.Must(t, err)
	actorstest.Must(t, store.Check(t.Context()))

	_, err = store.db.Exec("INSERT INTO bun_migrations (name, group_id) VALUES ('20991231000000', 9)")
	actorstest.Must(t, err)
	wantUnfit(t, store, Newer, "20991231000000", "rollcall db rollback")

	_, err = store.db.Exec("DELETE FROM bun_migrations WHERE name <> '20261124090000'")
	actorstest.Must(t, err)
	wantUnfit(t, store, Unmigrated, "_create_identity_changes", "rollcall db migrate")
}

func TestAStoreThatIsAwayIsNotFit(t *testing.T) {
	t.Parallel()
	server := postgrestest.StartOwn(t)
	store := openSeeded(t, server.NewDatabase(t))
	server.Stop()
	wantUnfit(t, store, Away, "does not answer")
	server.Start()
	actorstest.Must(t, store.Check(t.Context()))
}

// What PostgreSQL refuses is told apart from what does not answer, and named.
func whatPostgreSQLRefusesIsNamed(t *testing.T, url string) {
	for change, says := range map[[2]string]string{
		{"sslmode=disable", "sslmode=disable&colour=red"}: "does not know an option",
		{"/rollcall_test_", "/nowhere_"}:                  "no database of that name",
		{"://postgres", "://stranger"}:                    "refuses this node's user",
	} {
		store := open(t, strings.Replace(url, change[0], change[1], 1))
		wantUnfit(t, store, Away, says)
		if err := store.Check(t.Context()); change[1] == "sslmode=disable&colour=red" && !strings.Contains(err.Error(), "colour") {
			t.Errorf("the log says %v", err)
		}
	}
}

// A database that cannot hold every name is of no use, empty or not.
func otherEncodingIsRefused(t *testing.T, postgres *postgrestest.Server) {
	for _, encoding := range []string{"LATIN1", "SQL_ASCII"} {
		store := open(t, postgres.NewDatabase(t, "ENCODING '"+encoding+"' TEMPLATE template0"))
		wantUnfit(t, store, Misencoded, encoding, "ENCODING 'UTF8'")
		if err := store.CheckEncoding(t.Context()); problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%s: %v, want what can never be accepted", encoding, err)
		}
	}
}

// A role that may read users, and nothing besides, serves a node that renames nobody.
func roleThatMayNotSeeTheMigrationsIsFit(t *testing.T, url string) {
	owner := openSeeded(t, url)
	role := fmt.Sprintf("reader_%d", owner.db.Stats().OpenConnections)
	for _, statement := range []string{
		"CREATE ROLE " + role, "GRANT SELECT ON users TO " + role,
	} {
		_, err := owner.db.Exec(statement)
		actorstest.Must(t, err)
	}
	t.Cleanup(func() {
		for _, statement := range []string{"RESET ROLE", "DROP OWNED BY " + role, "DROP ROLE " + role} {
			_, err := owner.db.Exec(statement)
			actorstest.Must(t, err)
		}
	})
	owner.db.SetMaxOpenConns(1) // so that the role holds for all
	_, err := owner.db.Exec("SET ROLE " + role)
	actorstest.Must(t, err)
	actorstest.Must(t, owner.Check(t.Context()))
	if version, err := owner.Exists(t.Context(), "2"); version != 1 || err != nil {
		t.Errorf("who shows no token is at %d, %v", version, err)
	}
	_, err = owner.Standing(t.Context(), "2") // a token may be revoked
	if wantUnavailable(t, err); err != nil && !strings.Contains(problem.MessageOf(err), "GRANT SELECT") {
		t.Errorf("it does not say what to do: %v", err)
	}
}

func wantUnfit(t *testing.T, store *Store, fault Fault, says ...string) {
	t.Helper()
	err := store.Check(t.Context())
	unfit, ok := errors.AsType[*Unfit](err)
	if !ok || unfit.Fault != fault {
		t.Fatalf("Check = %v, want that it is %s", err, fault)
	}
	for _, text := range says {
		if !strings.Contains(problem.MessageOf(err), text) {
			t.Errorf("Check says %q, want %q in it", problem.MessageOf(err), text)
		}
	}
}
