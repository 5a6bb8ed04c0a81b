//go:build unix

package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun/driver/sqliteshim"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity/postgrestest"
	"github.com/rollcall/rollcall/protos/problem"
)

// TestStore runs each behaviour on a fresh database of each kind, and all on one server of
// PostgreSQL, whose start takes its time.
func TestStore(t *testing.T) {
	t.Parallel()
	type behaviour struct {
		name string
		test func(t *testing.T, url string)
	}
	ofAll := []behaviour{
		{"rename writes the user and the change", renameWritesUserAndChange},
		{"rename to the same name changes nothing", sameNameChangesNothing},
		{"rename that cannot be is refused", impossibleRenameIsRefused},
		{"users are found by id", usersAreFoundByID},
		{"users come in pages, by the bytes of their ids", usersComeInPages},
		{"a user is added once", userIsAddedOnce},
		{"a removal is a change", removalIsAChange},
		{"versions grow over removals", versionsGrowOverRemovals},
		{"import adds, keeps and refuses", importAddsKeepsAndRefuses},
		{"import renames when told to", importRenamesWhenToldTo},
		{"import that fails leaves nothing", importThatFailsLeavesNothing},
		{"import takes many", importTakesMany},
		{"known users exist without the database", knownUsersExistWithoutDatabase},
		{"expired context is unavailable", expiredContextIsUnavailable},
		{"reader skips no change of concurrent renames", readerSkipsNothing},
		{"missing tables say what to do", missingTablesSayWhatToDo},
		{"the log is pruned", logIsPruned},
		{"removals are kept", removalsAreKept},
		{"many prune", manyPrune},
		{"who is behind is found", whoIsBehind},
		{"profiles are kept", profilesAreKept},
		{"import takes profiles", importTakesProfiles},
		{"what is vouched for is kept", whatIsVouchedForIsKept},
		{"many vouch for one", manyVouchForOne},
		{"vouching waits for nobody", vouchingWaitsForNobody},
		{"a revocation is a change", revocationIsAChange},
		{"revocations never move back", revocationsNeverMoveBack},
		{"pruned revocations hold", prunedRevocationsHold},
		{"standings are remembered without the database", standingsAreRememberedWithoutDatabase},
		{"an earlier schema says what to do", earlierSchemaSaysWhatToDo},
		{"fit if its schema is that of the program", fitIfItsSchemaIsThatOfTheProgram},
		{"tried, and left as it is", storeIsTriedAndLeftAsItIs},
		{"tried without tables", storeWithoutTablesIsTried},
		{"renames of several processes reach every node", renamesOfSeveralProcessesReachEveryNode},
	}
	ofPostgreSQL := []behaviour{
		{"read-only server is unavailable", readOnlyServerIsUnavailable},
		{"sessions that may only read are not kept", readOnlySessionsAreNotKept},
		{"a role that may only read is tried", roleThatMayOnlyReadIsTried},
		{"a role that may not see the migrations is fit", roleThatMayNotSeeTheMigrationsIsFit},
		{"what PostgreSQL refuses is named", whatPostgreSQLRefusesIsNamed},
	}
	postgres := postgrestest.Start(t)
	for _, b := range ofAll {
		t.Run("sqlite/"+b.name, func(t *testing.T) {
			t.Parallel()
			b.test(t, filepath.Join(t.TempDir(), "rollcall.db"))
		})
	}
	for _, b := range append(ofAll, ofPostgreSQL...) {
		t.Run("postgres/"+b.name, func(t *testing.T) {
			t.Parallel()
			b.test(t, postgres.NewDatabase(t))
		})
	}
	t.Run("postgres/another encoding is refused", func(t *testing.T) {
		t.Parallel()
		otherEncodingIsRefused(t, postgres)
	})
}

// open returns the store at url, as it is.
func open(t testing.TB, url string) *Store {
	t.Helper()
	store, err := Open(t.Context(), url, slog.New(slog.DiscardHandler))
	actorstest.Must(t, err)
	t.Cleanup(func() { actorstest.Must(t, store.Close()) })
	return store
}

// openSeeded returns the store at url with the ten users.
func openSeeded(t testing.TB, url string) *Store {
	t.Helper()
	store := open(t, url)
	actorstest.Must(t, store.Migrator().Reset(t.Context()))
	return store
}

// wantUntouched checks that user 2 and the log are as they were seeded.
func wantUntouched(t *testing.T, store *Store) {
	t.Helper()
	user, err := store.User(t.Context(), "2")
	actorstest.Must(t, err)
	if want := (User{ID: "2", Name: "Mary", Version: 1}); !cmp.Equal(user, want) {
		t.Errorf("user = %+v, want %+v", user, want)
	}
	changes, err := store.ChangesAfter(t.Context(), 0, 10)
	actorstest.Must(t, err)
	if len(changes) != 0 {
		t.Errorf("changes = %+v, want none", changes)
	}
}

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if problem.CodeOf(err) != problem.Unavailable {
		t.Errorf("error = %v, want unavailable", err)
	} else if errors.Unwrap(err) == nil {
		t.Errorf("error %v does not wrap its cause", err)
	}
}

func renameWritesUserAndChange(t *testing.T, url string) {
	store := openSeeded(t, url)
	user, first, err := store.Update(t.Context(), "2", Edit{Name: new("  Maria ")}, nil)
	actorstest.Must(t, err)
	if want := (User{ID: "2", Name: "Maria", Version: 2}); !cmp.Equal(user, want) {
		t.Errorf("user = %+v, want %+v", user, want)
	}
	if want := (Change{Seq: 1, User: "2", Version: 2, At: first.At}); first != want {
		t.Errorf("change = %+v, want %+v", first, want)
	}
	if age := time.Since(time.UnixMilli(first.At)); age < 0 || age > time.Minute {
		t.Errorf("the change says that it was written %v ago", age)
	}
	_, second, err := store.Update(t.Context(), "2", Edit{Name: new("O'Neill \\ 🦊 ?")}, isVersion(2))
	actorstest.Must(t, err)

	read, err := store.User(t.Context(), "2")
	actorstest.Must(t, err)
	if want := (User{ID: "2", Name: "O'Neill \\ 🦊 ?", Version: 3}); !cmp.Equal(read, want) {
		t.Errorf("user = %+v, want %+v", read, want)
	}
	changes, err := store.ChangesAfter(t.Context(), 0, 10)
	actorstest.Must(t, err)
	if diff := cmp.Diff([]Change{first, second}, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	changes, err = store.ChangesAfter(t.Context(), 0, 1)
	actorstest.Must(t, err)
	if diff := cmp.Diff([]Change{first}, changes); diff != "" {
		t.Errorf("one change (-want +got):\n%s", diff)
	}
	last, err := store.LastSeq(t.Context())
	actorstest.Must(t, err)
	if last != second.Seq {
		t.Errorf("LastSeq = %d, want %d", last, second.Seq)
	}
}

// isVersion admits one version.
func isVersion(want int64) Condition { return func(version int64) bool { return version == want } }

func sameNameChangesNothing(t *testing.T, url string) {
	store := openSeeded(t, url)
	user, change, err := store.Update(t.Context(), "2", Edit{Name: new(" Mary ")}, nil)
	actorstest.Must(t, err)
	if want := (User{ID: "2", Name: "Mary", Version: 1}); !cmp.Equal(user, want) || change != (Change{}) {
		t.Errorf("Rename = %+v, %+v, want %+v and no change", user, change, want)
	}
	wantUntouched(t, store)
}

func impossibleRenameIsRefused(t *testing.T, url string) {
	store := openSeeded(t, url)
	version := isVersion(7)
	for _, test := range []struct {
		id   string
		name string
		when Condition
		want problem.Code
	}{
		{"99", "Nobody", nil, problem.NotFound},
		{"99", "Nobody", version, problem.NotFound},
		{"2", "Maria", version, problem.Conflict},
		{"2", "Mary", version, problem.Conflict},
		{"2", " ", nil, problem.Invalid},
	} {
		_, change, err := store.Update(t.Context(), test.id, Edit{Name: new(test.name)}, test.when)
		if problem.CodeOf(err) != test.want || change != (Change{}) {
			t.Errorf("Rename(%s, %q) = %+v, %v, want %s", test.id, test.name, change, err, test.want)
		}
	}
	wantUntouched(t, store)
}

func usersAreFoundByID(t *testing.T, url string) {
	store := openSeeded(t, url)
	all, err := store.Page(t.Context(), "", 100)
	actorstest.Must(t, err)
	if len(all) != 10 || all[0].Name != "John" || all[1].Name != "Victoria" {
		t.Errorf("all users = %+v", all)
	}
	long := []string{"3", "1", "3", "-1"}
	for id := 100; id < 2000; id++ {
		long = append(long, strconv.Itoa(id))
	}
	some, err := store.Users(t.Context(), append(long, "2"))
	actorstest.Must(t, err)
	if diff := cmp.Diff([]User{all[0], all[2], all[3]}, some); diff != "" {
		t.Errorf("users 1, 2, 3 (-want +got):\n%s", diff)
	}
	for _, ids := range [][]string{nil, {}, {"99"}} {
		none, err := store.Users(t.Context(), ids)
		actorstest.Must(t, err)
		if none == nil || len(none) != 0 {
			t.Errorf("Users(%v) = %#v, want an empty list", ids, none)
		}
	}
	if _, err := store.User(t.Context(), "99"); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("User(99) = %v, want not found", err)
	}
}

func knownUsersExistWithoutDatabase(t *testing.T, url string) {
	store := openSeeded(t, url)
	exists := func(ctx context.Context, id string, want int64) {
		t.Helper()
		got, err := store.Exists(ctx, id)
		actorstest.Must(t, err)
		if got != want {
			t.Errorf("Exists(%s) = %v", id, got)
		}
	}
	exists(t.Context(), "2", 1)
	exists(t.Context(), "11", 0)
	// A user who comes later is found: absence is not remembered.
	_, err := open(t, url).Add(t.Context(), "11", "Zoë", nil)
	actorstest.Must(t, err)
	exists(t.Context(), "11", 1)

	away, cancel := context.WithCancel(t.Context())
	cancel()
	exists(away, "2", 1)
	exists(away, "11", 1)
	_, err = store.Exists(away, "3")
	wantUnavailable(t, err)

	// A version that was heard of counts, and a removal of a lower one does not.
	store.Heard(Change{User: "2", Version: 5})
	store.Heard(Change{User: "3", Version: 5})
	store.Heard(Change{User: "2", Version: 4, Removed: true})
	exists(away, "2", 5)
	store.Heard(Change{User: "2", Version: 6, Removed: true})
	for _, id := range []string{"2", "3"} {
		_, err = store.Exists(away, id)
		wantUnavailable(t, err)
	}
}

func expiredContextIsUnavailable(t *testing.T, url string) {
	store := openSeeded(t, url)
	expired, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, _, err := store.Update(expired, "2", Edit{Name: new("Maria")}, nil)
	wantUnavailable(t, err)
	_, err = store.User(expired, "2")
	wantUnavailable(t, err)
	_, err = store.Users(expired, []string{"2"})
	wantUnavailable(t, err)
	_, err = store.LastSeq(expired)
	wantUnavailable(t, err)
	_, err = store.ChangesAfter(expired, 0, 1)
	wantUnavailable(t, err)
	wantUnavailable(t, store.Ping(expired))
	wantUntouched(t, store)
}

// A reader that goes on from the last number it saw must see every change, while
// several stores rename as fast as they can.
func readerSkipsNothing(t *testing.T, url string) {
	const writers, renames = 4, 25
	reader := openSeeded(t, url)
	var writing sync.WaitGroup
	for w := range writers {
		store := open(t, url)
		writing.Go(func() {
			for i := range renames {
				if _, _, err := store.Update(t.Context(), strconv.Itoa(1+i%3), Edit{Name: new(fmt.Sprintf("%d-%d", w, i))}, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		writing.Wait()
	}()
	var seen []Change
	last := int64(0)
	read := func() {
		changes, err := reader.ChangesAfter(t.Context(), last, 1000)
		actorstest.Must(t, err)
		for _, c := range changes {
			seen, last = append(seen, c), c.Seq
		}
	}
	for writing := true; writing; {
		select {
		case <-done:
			writing = false
		default:
		}
		read()
	}
	read()
	if len(seen) != writers*renames {
		t.Errorf("the reader saw %d of %d changes", len(seen), writers*renames)
	}
	version := map[string]int64{"1": 1, "2": 1, "3": 1}
	for _, c := range seen {
		if version[c.User]++; c.Version != version[c.User] {
			t.Fatalf("change %+v comes where version %d was expected", c, version[c.User])
		}
	}
}

func missingTablesSayWhatToDo(t *testing.T, url string) {
	store := open(t, url)
	err := store.Ping(t.Context())
	wantUnavailable(t, err)
	if !strings.Contains(problem.MessageOf(err), "rollcall db migrate") {
		t.Errorf("the message does not say what to do: %v", err)
	}
}

func readOnlyServerIsUnavailable(t *testing.T, url string) {
	openSeeded(t, url)
	store := open(t, url+"&default_transaction_read_only=on")
	_, _, err := store.Update(t.Context(), "2", Edit{Name: new("Maria")}, nil)
	wantUnavailable(t, err)
	wantUntouched(t, store)
}

// readOnlySessionsAreNotKept: a session stays read-only when its database is not any more.
func readOnlySessionsAreNotKept(t *testing.T, url string) {
	admin := openSeeded(t, url).db
	readOnly := func(is string) {
		t.Helper()
		_, err := admin.ExecContext(t.Context(), "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = "+is+"', current_database()); END $$")
		actorstest.Must(t, err)
	}
	readOnly("on")
	store := open(t, url)
	wantUntouched(t, store)
	_, _, err := store.Update(t.Context(), "2", Edit{Name: new("Maria")}, nil)
	wantUnavailable(t, err)
	readOnly("off")
	_, _, err = store.Update(t.Context(), "2", Edit{Name: new("Maria")}, nil)
	actorstest.Must(t, err)
}

func TestUnreachableServerIsUnavailable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	actorstest.Must(t, err)
	address := listener.Addr().String()
	actorstest.Must(t, listener.Close())

	store := open(t, "postgres://u:secret@"+address+"/db?sslmode=disable")
	_, _, err = store.Update(t.Context(), "2", Edit{Name: new("Maria")}, nil)
	wantUnavailable(t, err)
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error shows the password: %v", err)
	}
	wantUnavailable(t, store.Ping(t.Context()))
}

func TestSQLiteMakesItsDirectory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "50% #1?", "rollcall.db")
	openSeeded(t, path)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if _, err := Open(t.Context(), filepath.Dir(path), slog.New(slog.DiscardHandler)); problem.CodeOf(err) != problem.Invalid {
		t.Errorf("Open of a directory = %v, want invalid", err)
	}
	if _, err := Open(t.Context(), filepath.Join(path, "below-a-file.db"), slog.New(slog.DiscardHandler)); problem.CodeOf(err) != problem.Unavailable {
		t.Errorf("Open below a file = %v, want unavailable", err)
	}
}

func TestSQLiteThatCannotWriteIsUnavailable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, options string
		before        func(t *testing.T, path string)
	}{
		{"read-only", "?mode=ro", func(*testing.T, string) {}},
		{"full", "?_pragma=max_page_count(1)", func(*testing.T, string) {}},
		{"locked", "?_pragma=busy_timeout(30)", lock},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "rollcall.db")
			fillPage(t, openSeeded(t, path))
			test.before(t, path)
			store := open(t, "file:"+path+test.options)
			_, _, err := store.Update(t.Context(), "2", Edit{Name: new(strings.Repeat("long", 60))}, nil)
			wantUnavailable(t, err)
			user, err := store.User(t.Context(), "2")
			actorstest.Must(t, err)
			changes, err := store.ChangesAfter(t.Context(), 0, 1)
			actorstest.Must(t, err)
			if user.Name != "Mary" || user.Version != 1 || len(changes) != 0 {
				t.Errorf("something was changed: %+v, %+v", user, changes)
			}
		})
	}
}

// fillPage adds users until a longer name of one of them needs another page, and
// none is left over from the migrations.
func fillPage(t *testing.T, store *Store) {
	t.Helper()
	for id := 100; id < 500; id++ {
		row := userRow{ID: strconv.Itoa(id), Name: strings.Repeat("x", 80), Version: 1, UpdatedAt: time.Now()}
		_, err := store.db.NewInsert().Model(&row).Exec(t.Context())
		actorstest.Must(t, err)
	}
}

// lock lets another connection write to the file until the test ends.
func lock(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open(sqliteshim.ShimName, "file:"+path+"?_txlock=immediate")
	actorstest.Must(t, err)
	tx, err := db.BeginTx(context.Background(), nil)
	actorstest.Must(t, err)
	t.Cleanup(func() {
		actorstest.Must(t, tx.Rollback())
		actorstest.Must(t, db.Close())
	})
}

func earlierSchemaSaysWhatToDo(t *testing.T, url string) {
	store := openSeeded(t, url)
	for _, statement := range []string{"ALTER TABLE users DROP COLUMN profile", "DROP TABLE token_revocations"} {
		_, err := store.db.ExecContext(t.Context(), statement)
		actorstest.Must(t, err)
	}
	_, read := store.User(t.Context(), "2")
	_, added := store.Add(t.Context(), "new", "Zoë", nil)
	_, asked := store.Standing(t.Context(), "2")
	for _, err := range []error{read, added, asked} {
		if wantUnavailable(t, err); err != nil && !strings.Contains(problem.MessageOf(err), "rollcall db migrate") {
			t.Errorf("it does not say what to do: %v", err)
		}
	}
}
