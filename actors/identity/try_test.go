//go:build unix

package identity

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/protos/problem"
)

func TestARedisIsTried(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, "127.0.0.1:0", server.Addr())
	admin := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer admin.Close()
	for user, rules := range map[string]string{
		"all": "+@all &*", "least": "+publish +subscribe +ping &" + channel, "nopublish": "+@all -publish &*", "nosubscribe": "+@all -subscribe &*", "elsewhere": "+@all &another",
	} {
		args := []any{"ACL", "SETUSER", user, "on", ">hunter2"}
		for rule := range strings.FieldsSeq(rules) {
			args = append(args, rule)
		}
		actorstest.Must(t, admin.Do(t.Context(), args...).Err())
	}
	file := filepath.Join(t.TempDir(), "rollcall.db")
	openSeeded(t, file)
	n := startNode(t, file, server.URL())
	actorstest.Eventually(t, "Redis is heard", n.isUp)
	try := func(url string) (time.Time, error) {
		t.Helper()
		bus, err := NewBus(url, channel)
		actorstest.Must(t, err)
		defer bus.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		return bus.Try(ctx)
	}
	for user, says := range map[string]string{
		"all:hunter2": "", "least:hunter2": "", "nopublish:hunter2": "not let this node publish on the channel " + channel,
		"nosubscribe:hunter2": "not let this node subscribe to", "elsewhere:hunter2": channel, "all:wrong": "Redis does",
	} {
		clock, err := try("redis://" + user + "@" + server.Addr())
		if (err == nil) != (says == "") || err != nil && !strings.Contains(problem.MessageOf(err), says) {
			t.Errorf("%s: %v", user, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the password shows in %v", user, err)
		}
		if user == "all:hunter2" && clock.IsZero() {
			t.Error("Redis does not tell the time")
		}
	}
	if state := n.subscription.State(); state.Malformed != 0 || !state.Up {
		t.Errorf("a node that runs was disturbed: %+v", state)
	}
	proxy.Deaf.Store(true)
	if _, err := try(proxy.URL()); err == nil || !strings.Contains(problem.MessageOf(err), "does not deliver") {
		t.Errorf("a deaf Redis: %v", err)
	}
	server.Stop()
	if _, err := try(server.URL()); err == nil || !strings.Contains(problem.MessageOf(err), "does not answer") {
		t.Errorf("no Redis: %v", err)
	}
}

func storeIsTriedAndLeftAsItIs(t *testing.T, url string) {
	store := openSeeded(t, url)
	_, before, err := store.Update(t.Context(), "1", Edit{Name: new("Johnny")}, nil)
	actorstest.Must(t, err)
	clock, err := store.Try(t.Context())
	if err != nil || clock.IsZero() != !strings.HasPrefix(url, "postgres:") {
		t.Errorf("%v, %v", clock, err)
	}
	_, after, err := store.Update(t.Context(), "1", Edit{Name: new("John")}, nil)
	if err != nil || after.Seq != before.Seq+1 {
		t.Errorf("a number was lost: %+v, %+v, %v", before, after, err)
	}
}

func storeWithoutTablesIsTried(t *testing.T, url string) {
	if _, err := open(t, url).Try(t.Context()); problem.CodeOf(err) != problem.Unavailable || !strings.Contains(problem.MessageOf(err), "rollcall db migrate") {
		t.Errorf("without tables: %v", err)
	}
}

func roleThatMayOnlyReadIsTried(t *testing.T, url string) {
	store := openSeeded(t, url)
	for _, statement := range []string{"CREATE ROLE reader LOGIN PASSWORD 'hunter2'", "GRANT SELECT ON users, identity_changes, bun_migrations TO reader"} {
		_, err := store.db.ExecContext(t.Context(), statement)
		actorstest.Must(t, err)
	}
	t.Cleanup(func() {
		_, err := store.db.ExecContext(context.Background(), "DROP OWNED BY reader; DROP ROLE reader")
		actorstest.Must(t, err)
	})
	reader := strings.Replace(url, "postgres://postgres@", "postgres://reader:hunter2@", 1)
	_, err := open(t, reader).Try(t.Context())
	if problem.CodeOf(err) != problem.Unavailable || !strings.Contains(problem.MessageOf(err), "role may not change") {
		t.Errorf("%v", err)
	}
	_, err = store.db.ExecContext(t.Context(), "GRANT ALL ON users, identity_changes TO reader")
	actorstest.Must(t, err)
	if _, err = open(t, reader).Try(t.Context()); err == nil || !strings.Contains(err.Error(), "sequence") {
		t.Errorf("without the sequence: %v", err)
	}
}

func TestAFileThatIsMissingIsNamedAndNotMade(t *testing.T) {
	folder := t.TempDir()
	there, missing := filepath.Join(folder, "a.db"), filepath.Join(folder, "b.db")
	actorstest.Must(t, os.WriteFile(there, nil, 0o600))
	for url, want := range map[string]string{there: "", missing: missing, "sqlite://" + missing: missing, "postgres://a/b": "", "mysql://a/b": ""} {
		if got := MissingFile(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
	if _, err := os.Stat(missing); !os.IsNotExist(err) {
		t.Error(err)
	}
}
