//go:build unix

package migrations_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun/driver/sqliteshim"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/identity/postgrestest"
	"github.com/rollcall/rollcall/protos/problem"
)

const childVariable = "ROLLCALL_TEST_MIGRATE"

// TestMain lets the test binary be a process that migrates.
func TestMain(m *testing.M) {
	if url := os.Getenv(childVariable); url != "" {
		if err := migrateAndSeed(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func migrateAndSeed(url string) error {
	ctx := context.Background()
	store, err := identity.Open(ctx, url, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer store.Close()
	applied, err := store.Migrator().Up(ctx)
	if err != nil {
		return err
	}
	added, err := store.Migrator().Seed(ctx)
	fmt.Printf("applied %d, added %d\n", len(applied), added)
	return err
}

// TestMigrations runs each behaviour on an empty database of each kind.
func TestMigrations(t *testing.T) {
	behaviours := []struct {
		name string
		test func(t *testing.T, url string)
	}{
		{"up is applied once and down undoes it", upIsAppliedOnceAndDownUndoesIt},
		{"seed adds ten users and keeps renamed ones", seedKeepsRenamedUsers},
		{"seed brings nobody back who was removed", seedBringsNobodyBack},
		{"seed without tables says what to do", seedWithoutTablesSaysWhatToDo},
		{"reset starts over", resetStartsOver},
		{"a store keeps its id until it is reset", storeKeepsItsID},
		{"numbers of changes are never used again", numbersAreNeverUsedAgain},
		{"processes migrate at the same time", processesMigrateAtTheSameTime},
		{"lock of a killed process is taken over", lockOfKilledProcessIsTakenOver},
		{"holder gives up before its lock is stale", holderGivesUpBeforeItsLockIsStale},
		{"waiting ends with the context", waitingEndsWithTheContext},
		{"a database of before is migrated in place", oldDatabaseIsMigratedInPlace},
		{"ids are compared byte by byte", idsAreComparedByteByByte},
		{"a database of the seed is taken over", seedsDatabaseIsTakenOver},
		{"another program's users are left alone", foreignUsersAreLeftAlone},
		{"another program's migrations are left alone", foreignMigrationsAreLeftAlone},
		{"a newer schema is left alone", newerSchemaIsLeftAlone},
		{"tables without a mark are ours", unmarkedTablesAreOurs},
		{"empty leaves nobody", emptyLeavesNobody},
		{"reset is whole or not at all", resetIsWholeOrNot},
		{"down is refused before it begins", downIsRefusedBeforeItBegins},
		{"profiles and revocations come and go", profilesAndRevocationsComeAndGo},
		{"reset forgets revocations", resetForgetsRevocations},
	}
	postgres := postgrestest.Start(t)
	for _, b := range behaviours {
		t.Run("sqlite/"+b.name, func(t *testing.T) {
			t.Parallel()
			b.test(t, filepath.Join(t.TempDir(), "rollcall.db"))
		})
		t.Run("postgres/"+b.name, func(t *testing.T) {
			t.Parallel()
			b.test(t, postgres.NewDatabase(t))
		})
	}
}

func open(t *testing.T, url string) *identity.Store {
	t.Helper()
	store, err := identity.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// execute runs a statement that no method of the store would.
func execute(t *testing.T, url, statement string) {
	t.Helper()
	must(t, tryExecute(t.Context(), url, statement))
}

func openSQL(url string) (*sql.DB, error) {
	if strings.HasPrefix(url, "postgres:") {
		return sql.Open("pgx", url)
	}
	return sql.Open(sqliteshim.ShimName, url)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func upIsAppliedOnceAndDownUndoesIt(t *testing.T, url string) {
	store := open(t, url)
	want := []string{
		"20261124090000_create_users", "20261124090100_create_identity_changes",
		"20261128090000_text_identities", "20261128090100_take_over_seed",
		"20261128090200_create_user_store", "20261128090300_prune_changes",
		"20261129090000_add_profiles", "20261129090100_revoke_tokens",
	}

	applied, err := store.Migrator().Up(t.Context())
	must(t, err)
	if diff := cmp.Diff(want, applied); diff != "" {
		t.Fatalf("first Up (-want +got):\n%s", diff)
	}
	applied, err = store.Migrator().Up(t.Context())
	must(t, err)
	if len(applied) != 0 {
		t.Errorf("second Up applied %v", applied)
	}

	undone, err := store.Migrator().Down(t.Context())
	must(t, err)
	slices.Reverse(want)
	if diff := cmp.Diff(want, undone); diff != "" {
		t.Errorf("Down (-want +got):\n%s", diff)
	}
	if err := store.Ping(t.Context()); problem.CodeOf(err) != problem.Unavailable {
		t.Errorf("after Down the table of users is still there: %v", err)
	}
	undone, err = store.Migrator().Down(t.Context())
	must(t, err)
	if len(undone) != 0 {
		t.Errorf("Down of an empty database undid %v", undone)
	}

	applied, err = store.Migrator().Up(t.Context())
	must(t, err)
	if len(applied) != len(want) {
		t.Errorf("Up after Down applied %v", applied)
	}
}

func seedKeepsRenamedUsers(t *testing.T, url string) {
	store := open(t, url)
	_, err := store.Migrator().Up(t.Context())
	must(t, err)

	added, err := store.Migrator().Seed(t.Context())
	must(t, err)
	if added != 10 {
		t.Errorf("Seed added %d users, want 10", added)
	}
	_, _, err = store.Update(t.Context(), "2", identity.Edit{Name: new("Maria")}, nil)
	must(t, err)
	added, err = store.Migrator().Seed(t.Context())
	must(t, err)
	if added != 0 {
		t.Errorf("second Seed added %d users", added)
	}

	users, err := store.Page(t.Context(), "", 100)
	must(t, err)
	want := []identity.User{
		{ID: "1", Name: "John", Version: 1}, {ID: "10", Name: "Victoria", Version: 1}, {ID: "2", Name: "Maria", Version: 2},
		{ID: "3", Name: "Mike", Version: 1}, {ID: "4", Name: "Frank", Version: 1},
		{ID: "5", Name: "Stephanie", Version: 1}, {ID: "6", Name: "Richard", Version: 1},
		{ID: "7", Name: "Sonia", Version: 1}, {ID: "8", Name: "Charlie", Version: 1},
		{ID: "9", Name: "Rowan", Version: 1},
	}
	if diff := cmp.Diff(want, users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
}

func seedBringsNobodyBack(t *testing.T, url string) {
	store := open(t, url)
	must(t, store.Migrator().Reset(t.Context()))
	_, err := store.Remove(t.Context(), "2", nil)
	must(t, err)
	added, err := store.Migrator().Seed(t.Context())
	must(t, err)
	if _, err := store.User(t.Context(), "2"); added != 0 || problem.CodeOf(err) != problem.NotFound {
		t.Errorf("Seed added %d users; who was removed: %v", added, err)
	}
}

func seedWithoutTablesSaysWhatToDo(t *testing.T, url string) {
	_, err := open(t, url).Migrator().Seed(t.Context())
	if err == nil || !strings.Contains(err.Error(), "migrations applied") {
		t.Errorf("Seed = %v, want a hint to migrate", err)
	}
}

func resetStartsOver(t *testing.T, url string) {
	store := open(t, url)
	must(t, store.Migrator().Reset(t.Context())) // also of an empty database
	_, _, err := store.Update(t.Context(), "2", identity.Edit{Name: new("Maria")}, nil)
	must(t, err)
	must(t, store.Migrator().Reset(t.Context()))

	user, err := store.User(t.Context(), "2")
	must(t, err)
	if want := (identity.User{ID: "2", Name: "Mary", Version: 1}); !cmp.Equal(user, want) {
		t.Errorf("user = %+v, want %+v", user, want)
	}
	last, err := store.LastSeq(t.Context())
	must(t, err)
	if last != 0 {
		t.Errorf("last sequence number = %d, want 0", last)
	}
}

func storeKeepsItsID(t *testing.T, url string) {
	store := open(t, url)
	read := func() string {
		t.Helper()
		id, err := store.ReadID(t.Context())
		must(t, err)
		if id != store.ID() {
			t.Errorf("it was read as %q, and is %q", id, store.ID())
		}
		return id
	}
	if id := read(); id != "" {
		t.Errorf("an empty database has the id %q", id)
	}
	_, err := store.Migrator().Up(t.Context())
	must(t, err)
	first := read()
	if len(first) < 20 {
		t.Errorf("the id is %q", first)
	}
	_, err = store.Migrator().Up(t.Context())
	must(t, err)
	_, err = store.Migrator().Seed(t.Context())
	must(t, err)
	if again := read(); again != first {
		t.Errorf("another id without a reset: %q, %q", first, again)
	}
	must(t, store.Migrator().Reset(t.Context()))
	if again := read(); again == first || again == "" {
		t.Errorf("after a reset the id is %q, it was %q", again, first)
	}
	if _, err := store.Migrator().Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	if id := read(); id != "" {
		t.Errorf("after going back the id is %q", id)
	}
}

// An ordinary integer key of SQLite would give the number 2 again.
func numbersAreNeverUsedAgain(t *testing.T, url string) {
	store := open(t, url)
	must(t, store.Migrator().Reset(t.Context()))
	for _, name := range []string{"A", "B"} {
		_, _, err := store.Update(t.Context(), "1", identity.Edit{Name: new(name)}, nil)
		must(t, err)
	}
	execute(t, url, "DELETE FROM identity_changes WHERE seq = 2")
	_, change, err := store.Update(t.Context(), "1", identity.Edit{Name: new("C")}, nil)
	must(t, err)
	if change.Seq != 3 {
		t.Errorf("seq = %d, want 3", change.Seq)
	}
}

func processesMigrateAtTheSameTime(t *testing.T, url string) {
	const processes = 4
	type result struct {
		output string
		err    error
	}
	results := make(chan result)
	for range processes {
		go func() {
			child := exec.CommandContext(t.Context(), os.Args[0])
			child.Env = append(os.Environ(), childVariable+"="+url)
			var output bytes.Buffer
			child.Stdout, child.Stderr = &output, &output
			err := child.Run()
			results <- result{output.String(), err}
		}()
	}
	var outputs []string
	for range processes {
		r := <-results
		if r.err != nil {
			t.Errorf("%v: %s", r.err, r.output)
		}
		outputs = append(outputs, r.output)
	}
	all := strings.Join(outputs, "")
	if strings.Count(all, "applied 8") != 1 || strings.Count(all, "added 10") != 1 {
		t.Errorf("the work was not done exactly once:\n%s", all)
	}
}

func lockOfKilledProcessIsTakenOver(t *testing.T, url string) {
	store := open(t, url)
	must(t, store.Migrator().Abandon(t.Context()))

	migrator := store.Migrator().WithLock(50*time.Millisecond, 100*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	must(t, migrator.Hold(ctx, func(context.Context) error { return nil }))
	_, err := store.Migrator().Up(ctx)
	must(t, err)
}

func holderGivesUpBeforeItsLockIsStale(t *testing.T, url string) {
	migrator := open(t, url).Migrator().WithLock(20*time.Millisecond, time.Minute)
	err := migrator.Hold(t.Context(), func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Hold = %v, want a deadline", err)
	}
	must(t, migrator.Hold(t.Context(), func(context.Context) error { return nil }))
}

func waitingEndsWithTheContext(t *testing.T, url string) {
	store := open(t, url)
	must(t, store.Migrator().Abandon(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := store.Migrator().Up(ctx); problem.CodeOf(err) != problem.Unavailable {
		t.Errorf("Up = %v, want unavailable", err)
	}
}
