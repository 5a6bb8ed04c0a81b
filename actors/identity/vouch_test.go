//go:build unix

package identity

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/protos/problem"
)

func whatIsVouchedForIsKept(t *testing.T, url string) {
	store := openSeeded(t, url)
	now := time.Now().Truncate(time.Second)
	_, err := store.Remove(t.Context(), "3", nil)
	actorstest.Must(t, err)
	tests := []struct {
		why     string
		id      string
		name    *string
		profile string
		issued  time.Time
		want    User
		change  bool
	}{
		{"nothing is said of nobody", "new", nil, "", now, User{ID: "new"}, false},
		{"a profile alone", "new", nil, `{ "a": 1 }`, now, User{"new", "new", json.RawMessage(`{"a":1}`), 1}, true},
		{"the same again", "new", nil, `{"a":1}`, now, User{"new", "new", json.RawMessage(`{"a":1}`), 1}, false},
		{"nothing is said of somebody", "new", nil, "", now, User{"new", "new", json.RawMessage(`{"a":1}`), 1}, false},
		{"a name", "new", new(" Zoë "), "", now.Add(time.Minute), User{"new", "Zoë", json.RawMessage(`{"a":1}`), 2}, true},
		{"no profile any more", "new", new("Zoë"), "null", time.Time{}, User{"new", "Zoë", nil, 3}, true},
		{"an older token", "new", new("Zoe"), "", now.Add(-time.Minute), User{"new", "Zoë", nil, 3}, false},
		{"no profile of nobody", "none", nil, "null", now, User{ID: "none"}, false},
		{"who has a row", "2", new("Maria"), "", now.Add(time.Minute), User{"2", "Maria", nil, 2}, true},
		{"who was removed", "3", new("Michael"), "", now, User{"3", "Michael", nil, 3}, true},
	}
	last, err := store.LastSeq(t.Context())
	actorstest.Must(t, err)
	for _, test := range tests {
		user, change, err := store.Vouch(t.Context(), test.id, test.name, json.RawMessage(test.profile), test.issued)
		actorstest.Must(t, err)
		if diff := cmp.Diff(test.want, user); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
		want := Change{}
		if test.change {
			last++
			want = Change{Seq: last, User: test.id, Version: test.want.Version, At: change.At}
		}
		if change != want {
			t.Errorf("%s: %+v, want %+v", test.why, change, want)
		}
		standing, err := store.Standing(t.Context(), test.id)
		if err != nil || standing != (Standing{Version: test.want.Version}) {
			t.Errorf("%s: %+v, %v", test.why, standing, err)
		}
	}
	for id, says := range map[string]struct {
		name    *string
		profile string
		want    problem.Name
		text    string
	}{
		"":    {new("Zoë"), "", problem.BadUser, "id_user"},
		"2":   {new(" "), "", problem.BadName, "The claim name of your token: a name must not be empty"},
		"new": {nil, "{", problem.BadProfile, "The claim profile of your token: a profile must be JSON"},
		" ":   {nil, "{}", problem.BadName, "which the token does not say"}, // the id is no name
	} {
		_, change, err := store.Vouch(t.Context(), id, says.name, json.RawMessage(says.profile), now)
		if problem.NameOf(err) != says.want || problem.CodeOf(err) != problem.Invalid || change != (Change{}) {
			t.Errorf("%q: %+v, %v, want %s", id, change, err, says.want)
		}
		if !strings.Contains(problem.MessageOf(err), says.text) {
			t.Errorf("%q: %v, want %q", id, err, says.text)
		}
	}
	if seq, err := store.LastSeq(t.Context()); err != nil || seq != last {
		t.Errorf("the log reaches to %d, %v, want %d", seq, err, last)
	}
	away, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = store.Vouch(away, "2", new("Maria"), nil, now)
	wantUnavailable(t, err)
}

// Many sockets of one user connect at many nodes at the same time: one of them writes.
func manyVouchForOne(t *testing.T, url string) {
	openSeeded(t, url)
	var all sync.WaitGroup
	changes := make(chan Change, 32)
	for range 4 {
		store := open(t, url)
		for range 8 {
			all.Go(func() {
				user, change, err := store.Vouch(t.Context(), "new", new("Zoë"), json.RawMessage("{}"), time.Now())
				if err != nil || user.Version != 1 {
					t.Errorf("%+v, %v", user, err)
				}
				if change != (Change{}) {
					changes <- change
				}
			})
		}
	}
	all.Wait()
	if len(changes) != 1 {
		t.Errorf("%d changes", len(changes))
	}
}

// What is as it was said does not wait for whoever writes.
func vouchingWaitsForNobody(t *testing.T, url string) {
	store := openSeeded(t, url)
	tx, err := open(t, url).db.BeginTx(t.Context(), nil)
	actorstest.Must(t, err)
	defer func() { actorstest.Must(t, tx.Rollback()) }()
	actorstest.Must(t, oneWriter(t.Context(), tx))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, change, err := store.Vouch(ctx, "2", new("Mary"), nil, time.Time{})
	if err != nil || change != (Change{}) {
		t.Errorf("%+v, %v", change, err)
	}
}
