//go:build unix

package identity

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// renames has a user renamed so often.
func (s *Store) renames(t *testing.T, id string, times int) {
	t.Helper()
	for i := range times {
		_, _, err := s.Update(t.Context(), id, Edit{Name: new(fmt.Sprintf("%s %d %d", id, i, time.Now().UnixNano()))}, nil)
		actorstest.Must(t, err)
	}
}

// seqs returns the numbers in the log.
func (s *Store) seqs(t *testing.T) []int64 {
	t.Helper()
	changes, err := s.ChangesAfter(t.Context(), 0, 100_000)
	actorstest.Must(t, err)
	seqs := []int64{}
	for _, c := range changes {
		seqs = append(seqs, c.Seq)
	}
	return seqs
}

func (s *Store) prunes(t *testing.T, keep Kept, now time.Time) {
	t.Helper()
	for more := true; more; {
		var err error
		more, err = s.Prune(t.Context(), keep, now)
		actorstest.Must(t, err)
	}
}

func (s *Store) wantPruned(t *testing.T, pruned int64, seqs ...int64) {
	t.Helper()
	got, err := s.Pruned(t.Context())
	if err != nil || got != pruned {
		t.Errorf("pruned up to %d, %v; want %d", got, err, pruned)
	}
	if diff := cmp.Diff(seqs, s.seqs(t)); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func logIsPruned(t *testing.T, url string) {
	s, now := openSeeded(t, url), time.Now()
	s.prunes(t, Kept{Age: time.Hour, Most: 1}, now.Add(24*time.Hour))
	s.wantPruned(t, 0, []int64{}...)

	s.renames(t, "1", 6)
	s.prunes(t, Kept{Age: time.Hour, Most: 6}, now)
	s.wantPruned(t, 0, 1, 2, 3, 4, 5, 6)
	s.prunes(t, Kept{Age: time.Hour, Most: 4}, now)
	s.wantPruned(t, 2, 3, 4, 5, 6)
	// The newest is never deleted: it says how far the log reaches.
	s.prunes(t, Kept{Age: time.Hour, Most: 4}, now.Add(24*time.Hour))
	s.wantPruned(t, 5, 6)
	s.prunes(t, Kept{Age: time.Hour, Most: 1}, now.Add(24*time.Hour))
	s.wantPruned(t, 5, 6)
	last, err := s.LastSeq(t.Context())
	if err != nil || last != 6 {
		t.Errorf("the log reaches to %d, %v", last, err)
	}
	s.renames(t, "2", 1)
	s.wantPruned(t, 5, 6, 7)

	actorstest.Must(t, s.Migrator().Empty(t.Context()))
	s.wantPruned(t, 0, []int64{}...)
}

// Who is added again goes on behind every version that there was of this id, and db
// seed brings nobody back: so removals stay.
func removalsAreKept(t *testing.T, url string) {
	s, later := openSeeded(t, url), time.Now().Add(24*time.Hour)
	s.renames(t, "1", 2)
	for _, id := range []string{"1", "2"} {
		_, err := s.Remove(t.Context(), id, nil)
		actorstest.Must(t, err)
	}
	s.renames(t, "3", 2)
	s.prunes(t, Kept{Age: time.Hour, Most: 10}, later)
	s.wantPruned(t, 5, 3, 4, 6)
	if _, err := s.Migrator().Seed(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := s.User(t.Context(), "2"); err == nil {
		t.Error("a removed user is back")
	}
	user, err := s.Add(t.Context(), "1", "John", nil)
	if err != nil || user.Version != 5 {
		t.Errorf("who is added again is at %d, %v", user.Version, err)
	}
	s.renames(t, "3", 1)
	s.prunes(t, Kept{Age: time.Hour, Most: 10}, later)
	s.wantPruned(t, 6, 4, 7) // the removal of who is there again is of no more use
}

// All nodes prune, and others write meanwhile; each transaction is short.
func manyPrune(t *testing.T, url string) {
	s := openSeeded(t, url)
	if more, err := s.Prune(t.Context(), Kept{Age: time.Hour, Most: 10}, time.Now()); more || err != nil {
		t.Errorf("an empty log: %v, %v", more, err)
	}
	const rows, kept = 2*pruneLimit + 500, 100
	insert := "INSERT INTO identity_changes (id_user, version, changed_at) SELECT '1', 2, CURRENT_TIMESTAMP FROM " +
		"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n) AS numbers"
	_, err := s.db.ExecContext(t.Context(), fmt.Sprintf(insert, rows))
	actorstest.Must(t, err)
	more, err := s.Prune(t.Context(), Kept{Age: time.Hour, Most: kept}, time.Now())
	actorstest.Must(t, err)
	if left := len(s.seqs(t)); !more || left != rows-pruneLimit {
		t.Errorf("%d are left after one transaction, more %v", left, more)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			other := open(t, url)
			for more := true; more; {
				var err error
				if more, err = other.Prune(t.Context(), Kept{Age: time.Hour, Most: kept}, time.Now()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	s.renames(t, "2", 20)
	all.Wait()
	s.prunes(t, Kept{Age: time.Hour, Most: kept}, time.Now())
	pruned, err := s.Pruned(t.Context())
	actorstest.Must(t, err)
	seqs := s.seqs(t)
	if len(seqs) != kept || seqs[0] != pruned+1 || !slices.IsSorted(seqs) {
		t.Errorf("%d are left, from %d on; pruned up to %d", len(seqs), seqs[0], pruned)
	}
}

func whoIsBehind(t *testing.T, url string) {
	s := openSeeded(t, url)
	since := time.Now()
	s.renames(t, "2", 1)
	changed, err := s.Behind(t.Context(), []string{"1", "2", "nobody"}, since.Add(-time.Millisecond))
	actorstest.Must(t, err)
	if !slices.ContainsFunc(changed, func(u User) bool { return u.ID == "2" && u.Version == 2 }) {
		t.Errorf("changed: %+v", changed)
	}
	if changed, err := s.Behind(t.Context(), []string{"1", "2"}, since.Add(time.Hour)); err != nil || len(changed) != 0 {
		t.Errorf("nothing has changed, but %+v, %v", changed, err)
	}
}
