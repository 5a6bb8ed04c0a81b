//go:build unix

package migrations_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/identity"
)

// A database of before profiles and revocations, with users and changes, gets them and gives
// them up again: nobody and no other change is lost on the way.
func profilesAndRevocationsComeAndGo(t *testing.T, url string) {
	store := open(t, url)
	must(t, store.Migrator().Reset(t.Context()))
	_, renamed, err := store.Update(t.Context(), "2", identity.Edit{Name: new("Maria")}, nil)
	must(t, err)
	back := func() {
		t.Helper()
		execute(t, url, `UPDATE bun_migrations SET group_id = 2 WHERE name >= '20261129'`)
		undone, err := store.Migrator().Down(t.Context())
		must(t, err)
		if diff := cmp.Diff([]string{"20261129090100_revoke_tokens", "20261129090000_add_profiles"}, undone); diff != "" {
			t.Fatalf("undone (-want +got):\n%s", diff)
		}
		all := contents(t, url)
		if _, left := all["token_revocations"]; left {
			t.Error("the table of revocations is still there")
		}
		if users, changes := all["users"], all["identity_changes"]; len(users) != 10 || len(changes) != 1 || strings.Contains(strings.Join(users, " "), "avatar") {
			t.Errorf("left: %q, %q", users, changes)
		}
	}
	forth := func() {
		t.Helper()
		_, err := store.Migrator().Up(t.Context())
		must(t, err)
		user, err := store.User(t.Context(), "2")
		must(t, err)
		if diff := cmp.Diff(identity.User{ID: "2", Name: "Maria", Version: 2}, user); diff != "" {
			t.Errorf("user (-want +got):\n%s", diff)
		}
		changes, err := store.ChangesAfter(t.Context(), 0, 10)
		must(t, err)
		if diff := cmp.Diff([]identity.Change{renamed}, changes); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	}
	back()
	forth()

	profile := json.RawMessage(`{"avatar":"a"}`)
	_, _, err = store.Update(t.Context(), "3", identity.Edit{Profile: &profile}, nil)
	must(t, err)
	execute(t, url, `DELETE FROM identity_changes WHERE id_user = '3'`)
	for _, id := range []string{"2", "nobody"} {
		_, err := store.Revoke(t.Context(), id, time.Now())
		must(t, err)
	}
	back()
	forth()
	if standing, err := store.Standing(t.Context(), "nobody"); err != nil || standing != (identity.Standing{}) {
		t.Errorf("after there and back: %+v, %v", standing, err)
	}
	_, change, err := store.Update(t.Context(), "2", identity.Edit{Name: new("Mia")}, nil)
	must(t, err)
	if change.Seq < 5 || change.Version != 3 { // 2 to 4 were given, whatever became of them
		t.Errorf("the next change is %+v", change)
	}
}

// Whoever empties the store empties it of these, too.
func resetForgetsRevocations(t *testing.T, url string) {
	store := open(t, url)
	must(t, store.Migrator().Reset(t.Context()))
	_, err := store.Revoke(t.Context(), "2", time.Now())
	must(t, err)
	must(t, store.Migrator().Reset(t.Context()))
	if left := contents(t, url)["token_revocations"]; len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}
