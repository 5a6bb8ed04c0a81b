//go:build unix

package identity

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos/problem"
)

func usersComeInPages(t *testing.T, url string) {
	store := openSeeded(t, url)
	want := []string{"1", "10", "2", "3", "4", "5", "6", "7", "8", "9"}
	for _, id := range []string{"007", "+7", "a", "B", "Z", "_", " x", "é", "z", "日本", "\U0001f98a", "\ufffd", "O'Neill \\ ?", "a%b", "\u0301"} {
		_, err := store.Add(t.Context(), id, "Somebody", nil)
		actorstest.Must(t, err)
		want = append(want, id)
	}
	slices.Sort(want) // by bytes
	for _, limit := range []int{1, 4, 25, 100} {
		var got []string
		for after := ""; ; {
			page, err := store.Page(t.Context(), after, limit)
			actorstest.Must(t, err)
			if len(page) == 0 {
				break
			}
			for _, u := range page {
				got = append(got, u.ID)
			}
			after = got[len(got)-1]
			if len(page) > limit || len(got) > len(want) {
				t.Fatalf("pages of %d: %q", limit, got)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", limit, diff)
		}
	}
}

func userIsAddedOnce(t *testing.T, url string) {
	store := openSeeded(t, url)
	user, err := store.Add(t.Context(), "auth0|5f7c", "  Zoë ", nil)
	actorstest.Must(t, err)
	if want := (User{ID: "auth0|5f7c", Name: "Zoë", Version: 1}); !cmp.Equal(user, want) {
		t.Errorf("Add = %+v, want %+v", user, want)
	}
	for _, test := range []struct {
		id, name string
		want     problem.Name
	}{
		{"auth0|5f7c", "Zoë", problem.UserExists},
		{"2", "Mary", problem.UserExists},
		{"", "Zoë", problem.BadUser},
		{"a\nb", "Zoë", problem.BadUser},
		{"11", " ", problem.BadName},
		{"11", "\u200b", problem.BadName},
	} {
		if _, err := store.Add(t.Context(), test.id, test.name, nil); problem.NameOf(err) != test.want {
			t.Errorf("Add(%q, %q) = %v, want %s", test.id, test.name, err, test.want)
		}
	}
	if got, err := store.Users(t.Context(), []string{"auth0|5f7c", "11", ""}); err != nil || len(got) != 1 || !cmp.Equal(got[0], user) {
		t.Errorf("Users = %+v, %v", got, err)
	}
	wantUntouched(t, store)
}

func removalIsAChange(t *testing.T, url string) {
	store := openSeeded(t, url)
	_, err := store.Remove(t.Context(), "99", nil)
	if problem.NameOf(err) != problem.UnknownUser {
		t.Errorf("Remove of nobody = %v", err)
	}
	if _, err = store.Remove(t.Context(), "2", isVersion(3)); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("Remove of another version = %v", err)
	}
	wantUntouched(t, store)

	change, err := store.Remove(t.Context(), "2", isVersion(1))
	actorstest.Must(t, err)
	if want := (Change{Seq: 1, User: "2", Version: 2, Removed: true, At: change.At}); change != want || change.At == 0 {
		t.Errorf("Remove = %+v, want %+v", change, want)
	}
	changes, err := store.ChangesAfter(t.Context(), 0, 10)
	actorstest.Must(t, err)
	if diff := cmp.Diff([]Change{change}, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if _, err = store.User(t.Context(), "2"); problem.NameOf(err) != problem.UnknownUser {
		t.Errorf("User = %v", err)
	}
	if version, err := store.Exists(t.Context(), "2"); version != 0 || err != nil {
		t.Errorf("Exists = %d, %v", version, err)
	}
	if _, err = store.Remove(t.Context(), "2", nil); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("second Remove = %v", err)
	}
}

func versionsGrowOverRemovals(t *testing.T, url string) {
	store := openSeeded(t, url)
	must := func(user User, err error) int64 {
		t.Helper()
		actorstest.Must(t, err)
		return user.Version
	}
	remove := func(want int64) {
		t.Helper()
		change, err := store.Remove(t.Context(), "x", nil)
		actorstest.Must(t, err)
		if change.Version != want {
			t.Errorf("removed at version %d, want %d", change.Version, want)
		}
	}
	if got := must(store.Add(t.Context(), "x", "A", nil)); got != 1 {
		t.Errorf("added at %d", got)
	}
	_, _, err := store.Update(t.Context(), "x", Edit{Name: new("B")}, nil)
	actorstest.Must(t, err)
	remove(3)
	if got := must(store.Add(t.Context(), "x", "C", nil)); got != 4 {
		t.Errorf("added again at %d, want 4", got)
	}
	remove(5)
	imported := importAll(t, store, false, Record{Line: 1, ID: "x", Name: "D"}, Record{Line: 2, ID: "y", Name: "D"})
	if imported.Added != 2 {
		t.Errorf("imported %+v", imported)
	}
	for id, want := range map[string]int64{"x": 6, "y": 1} {
		if got := must(store.User(t.Context(), id)); got != want {
			t.Errorf("%s was imported at version %d, want %d", id, got, want)
		}
	}
}

// each yields records, and then an error if there is one.
func each(records []Record, end error) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		if end != nil {
			yield(Record{}, end)
		}
	}
}

// importAll imports records of which none may be refused.
func importAll(t *testing.T, store *Store, update bool, records ...Record) Imported {
	t.Helper()
	imported, err := store.Import(t.Context(), each(records, nil), update, func(line int, why error) {
		t.Errorf("line %d was refused: %v", line, why)
	})
	actorstest.Must(t, err)
	return imported
}

func importAddsKeepsAndRefuses(t *testing.T, url string) {
	store := openSeeded(t, url)
	var refused []string
	imported, err := store.Import(t.Context(), each([]Record{
		{1, "11", " Zoë ", nil},
		{2, "2", "Mary", nil},
		{3, "3", "Michael", nil},
		{4, "11", "Zoë", nil},
		{5, "11", "Zoe", nil},
		{6, "", "Nobody", nil},
		{7, "12", "\u3164", nil},
		{8, "13", "a\xff", nil},
		{9, "14", "O'Neill \\ ?0 {}", nil},
	}, nil), false, func(line int, why error) { refused = append(refused, fmt.Sprint(line, " ", problem.NameOf(why))) })
	actorstest.Must(t, err)
	if want := (Imported{Added: 2, Unchanged: 2}); imported != want {
		t.Errorf("imported %+v, want %+v", imported, want)
	}
	want := []string{"3 user_exists", "5 user_exists", "6 bad_user", "7 bad_name", "8 bad_name"}
	slices.Sort(refused)
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	users, err := store.Users(t.Context(), []string{"11", "12", "13", "14", "3"})
	actorstest.Must(t, err)
	if diff := cmp.Diff([]User{{ID: "11", Name: "Zoë", Version: 1}, {ID: "14", Name: "O'Neill \\ ?0 {}", Version: 1}, {ID: "3", Name: "Mike", Version: 1}}, users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	wantUntouched(t, store)
}

func importRenamesWhenToldTo(t *testing.T, url string) {
	store := openSeeded(t, url)
	imported := importAll(t, store, true,
		Record{1, "2", "Maria", nil}, Record{2, "3", "Mike", nil}, Record{3, "2", "Marie", nil}, Record{4, "11", "Zoë", nil}, Record{5, "4", "Francis", nil})
	last := imported.Last
	imported.Last = Change{}
	if want := (Imported{Added: 1, Renamed: 3, Unchanged: 1}); imported != want {
		t.Errorf("imported %+v, want %+v", imported, want)
	}
	changes, err := store.ChangesAfter(t.Context(), 0, 10)
	actorstest.Must(t, err)
	var got []string
	for _, c := range changes {
		got = append(got, fmt.Sprint(c.User, " ", c.Version))
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"2 2", "2 3", "4 2"}, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if newest := changes[len(changes)-1]; last != newest {
		t.Errorf("the last change is %+v, want %+v", last, newest)
	}
	if user, err := store.User(t.Context(), "2"); err != nil || !cmp.Equal(user, User{ID: "2", Name: "Marie", Version: 3}) {
		t.Errorf("user %+v, %v", user, err)
	}
}

func importThatFailsLeavesNothing(t *testing.T, url string) {
	store := openSeeded(t, url)
	records := []Record{{1, "2", "Maria", nil}}
	for n := range 2 * importChunk {
		records = append(records, Record{Line: n, ID: fmt.Sprint("new-", n), Name: "Somebody"})
	}
	torn := problem.New(problem.Invalid, "line 7 is torn")
	imported, err := store.Import(t.Context(), each(records, torn), true, func(int, error) {})
	if !errors.Is(err, torn) || imported != (Imported{}) {
		t.Errorf("Import = %+v, %v", imported, err)
	}
	if users, err := store.Page(t.Context(), "", 100); err != nil || len(users) != 10 {
		t.Errorf("%d users, %v", len(users), err)
	}
	wantUntouched(t, store)
}

func importTakesMany(t *testing.T, url string) {
	const users = 3*importChunk + 7
	store := openSeeded(t, url)
	var records []Record
	for n := range users {
		records = append(records, Record{Line: n + 1, ID: fmt.Sprintf("user-%06d", n), Name: strings.Repeat("é", 255)})
	}
	if imported := importAll(t, store, false, records...); imported.Added != users {
		t.Errorf("imported %+v", imported)
	}
	for n := range records {
		records[n].Name = fmt.Sprint("renamed ", n)
	}
	if imported := importAll(t, store, true, records...); imported.Renamed != users || imported.Last.Seq != users {
		t.Errorf("renamed %+v", imported)
	}
	if imported := importAll(t, store, false, records...); imported != (Imported{Unchanged: users}) {
		t.Errorf("imported again %+v", imported)
	}
}
