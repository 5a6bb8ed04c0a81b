//go:build unix

package identity

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/protos/problem"
)

func revocationIsAChange(t *testing.T, url string) {
	store := openSeeded(t, url)
	_, err := store.Remove(t.Context(), "3", nil)
	actorstest.Must(t, err)
	at := time.Unix(1_700_000_000, 0)
	var want []Change
	for _, test := range []struct {
		id      string
		before  time.Time
		version int64
		revoked int64 // 0 if nothing changes
	}{
		{"2", at, 1, at.Unix()},
		{"2", at, 0, 0},
		{"2", at.Add(-time.Hour), 0, 0},
		{"2", at.Add(time.Nanosecond), 1, at.Unix() + 1},
		{"2", at.Add(time.Second), 0, 0},
		{"nobody", at, 0, at.Unix()},
		{"3", at, 2, at.Unix()},
		{"2", time.Now().Add(time.Hour).Truncate(time.Second), 1, time.Now().Add(time.Hour).Truncate(time.Second).Unix()},
	} {
		change, err := store.Revoke(t.Context(), test.id, test.before)
		actorstest.Must(t, err)
		expected := Change{}
		if test.revoked > 0 {
			expected = Change{Seq: int64(len(want)) + 2, User: test.id, Version: test.version, Revoked: test.revoked, At: change.At}
			want = append(want, expected)
		}
		if change != expected {
			t.Errorf("%s before %v: %+v, want %+v", test.id, test.before, change, expected)
		}
	}
	changes, err := store.ChangesAfter(t.Context(), 1, 10)
	actorstest.Must(t, err)
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	for id, before := range map[string]time.Time{"": at, "1": {}, "4": time.Unix(0, 0), "5": time.Now().Add(25 * time.Hour), "6": time.Unix(1<<40, 0)} {
		if change, err := store.Revoke(t.Context(), id, before); problem.CodeOf(err) != problem.Invalid || change != (Change{}) {
			t.Errorf("%q before %v: %+v, %v", id, before, change, err)
		}
	}
	// Versions go on as if nothing had been.
	for id, version := range map[string]int64{"nobody": 1, "3": 3} {
		user, err := store.Add(t.Context(), id, "Somebody", nil)
		actorstest.Must(t, err)
		if standing, err := store.Standing(t.Context(), id); user.Version != version || err != nil || standing != (Standing{version, at}) {
			t.Errorf("%s was added at %d, and stands at %+v, %v", id, user.Version, standing, err)
		}
	}
	_, err = store.Remove(t.Context(), "2", nil)
	actorstest.Must(t, err)
	if standing, err := store.Standing(t.Context(), "2"); err != nil || standing.Version != 0 || standing.NotBefore.Before(time.Now()) {
		t.Errorf("a removal takes the revocation back: %+v, %v", standing, err)
	}
}

func TestWhichTokensAreRefused(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	for _, test := range []struct {
		notBefore, issued time.Time
		want              bool
	}{
		{time.Time{}, time.Time{}, false}, {time.Time{}, at, false},
		{at, time.Time{}, true}, {at, at.Add(-time.Second), true}, {at, at, false}, {at, at.Add(time.Second), false},
	} {
		if got := (Standing{NotBefore: test.notBefore}).Refuses(test.issued); got != test.want {
			t.Errorf("issued %v, not before %v: %v", test.issued, test.notBefore, got)
		}
	}
}

// Whoever revokes at the same time, the latest moment holds, and the log only has growing ones.
func revocationsNeverMoveBack(t *testing.T, url string) {
	openSeeded(t, url)
	const each = 20
	var all sync.WaitGroup
	for range 3 {
		store := open(t, url)
		all.Go(func() {
			for _, i := range rand.Perm(each) {
				if _, err := store.Revoke(t.Context(), "2", time.Unix(int64(1+i), 0)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	store := open(t, url)
	standing, err := store.Standing(t.Context(), "2")
	if err != nil || standing != (Standing{1, time.Unix(each, 0)}) {
		t.Errorf("%+v, %v", standing, err)
	}
	changes, err := store.ChangesAfter(t.Context(), 0, 1000)
	actorstest.Must(t, err)
	last := int64(0)
	for _, c := range changes {
		if c.Revoked <= last {
			t.Errorf("%d after %d", c.Revoked, last)
		}
		last = c.Revoked
	}
}

// What is pruned from the log still holds.
func prunedRevocationsHold(t *testing.T, url string) {
	store := openSeeded(t, url)
	at := time.Unix(1_700_000_000, 0)
	for _, id := range []string{"2", "nobody"} {
		_, err := store.Revoke(t.Context(), id, at)
		actorstest.Must(t, err)
	}
	store.renames(t, "1", 1)
	store.prunes(t, Kept{Age: time.Hour, Most: 1}, time.Now().Add(24*time.Hour))
	store.wantPruned(t, 2, 3)
	other := open(t, url)
	found, err := other.Standings(t.Context(), []string{"nobody", "2", "1", "2"})
	actorstest.Must(t, err)
	want := map[string]Standing{"1": {Version: 2}, "2": {1, at}, "nobody": {0, at}}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("standings (-want +got):\n%s", diff)
	}
}

// Sockets can join while the database is away, and no token that was revoked lets them.
func standingsAreRememberedWithoutDatabase(t *testing.T, url string) {
	store := openSeeded(t, url)
	at := time.Unix(1_700_000_000, 0)
	ask := func(ctx context.Context, id string, want Standing) {
		t.Helper()
		if got, err := store.Standing(ctx, id); err != nil || got != want {
			t.Errorf("%s stands at %+v, %v", id, got, err)
		}
	}
	_, err := store.Revoke(t.Context(), "2", at)
	actorstest.Must(t, err)
	ask(t.Context(), "2", Standing{1, at})
	ask(t.Context(), "nobody", Standing{})
	_, err = store.User(t.Context(), "3") // which does not say how tokens stand
	actorstest.Must(t, err)

	away, cancel := context.WithCancel(t.Context())
	cancel()
	ask(away, "2", Standing{1, at})
	for _, id := range []string{"3", "nobody"} {
		_, err = store.Standing(away, id)
		wantUnavailable(t, err)
	}
	if version, err := store.Exists(away, "3"); version != 1 || err != nil {
		t.Errorf("exists at %d, %v", version, err)
	}
	if standing, ok := store.Remembered("nobody"); !ok || standing != (Standing{}) {
		t.Errorf("%+v, %v", standing, ok)
	}
	if _, ok := store.Remembered("3"); ok {
		t.Error("it is said to be known how tokens stand that nobody asked for")
	}
	later := at.Add(time.Hour)
	for _, id := range []string{"2", "nobody", "3"} {
		store.Heard(Change{User: id, Version: 1, Revoked: later.Unix()})
		store.Heard(Change{User: id, Version: 1, Revoked: at.Unix()}) // late
	}
	ask(away, "2", Standing{1, later})
	if standing, ok := store.Remembered("nobody"); !ok || standing != (Standing{0, later}) {
		t.Errorf("%+v, %v", standing, ok)
	}
	if _, ok := store.Remembered("3"); ok {
		t.Error("a revocation says that it is the last one")
	}
	store.Heard(Change{User: "2", Version: 2, Removed: true})
	_, err = store.Standing(away, "2")
	wantUnavailable(t, err)
}

// A revocation comes in its place among the other changes, by Redis or by the log.
func TestRevocationsAreDelivered(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	for name, secrets := range map[string][]string{"sealed": {"a secret of this test"}, "open": nil} {
		t.Run(name, func(t *testing.T) {
			url := filepath.Join(t.TempDir(), "rollcall.db")
			openSeeded(t, url)
			one, other := startNode(t, url, redis.URL(), secrets...), startNode(t, url, redis.URL(), secrets...)
			for _, n := range []*node{one, other} {
				actorstest.Eventually(t, "Redis is heard", n.isUp)
			}
			for i, id := range []string{"nobody", "1", "nobody"} {
				one.rename(t, fmt.Sprint("Johnny ", i))
				change, err := one.store.Revoke(t.Context(), id, time.Unix(int64(1000+i), 0))
				actorstest.Must(t, err)
				if i < 2 { // the last is lost
					actorstest.Must(t, one.bus.Publish(t.Context(), change))
				}
			}
			one.rename(t, "John")
			wantAll(t, 7, one, other)
			for _, n := range []*node{one, other} {
				n.mu.Lock()
				var got []string
				for _, c := range n.changes {
					got = append(got, fmt.Sprint(c.User, " ", c.Version, " ", c.Revoked))
				}
				if diff := cmp.Diff([]string{"1 2 0", "nobody 0 1000", "1 3 0", "1 3 1001", "1 4 0", "nobody 0 1002", "1 5 0"}, got); diff != "" {
					t.Errorf("heard (-want +got):\n%s", diff)
				}
				if n.subscription.State().Malformed > 0 {
					t.Errorf("not understood: %+v", n.subscription.State())
				}
				n.mu.Unlock()
			}
		})
	}
}
