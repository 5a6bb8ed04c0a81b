package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uptrace/bun/driver/sqliteshim"
)

func TestStoreIsMigratedSeededResetAndRolledBack(t *testing.T) {
	withoutEnvironment(t)
	data := filepath.Join(t.TempDir(), "new")
	for _, step := range []struct{ command, says string }{
		{"migrate", "applied: 2"},
		{"migrate", "applied: nothing"},
		{"reset", "without users"}, // there is nothing to lose
		{"seed", "users added: 10"},
		{"seed", "users added: 0"},
		{"rollback --yes", "taken back: 2"},
		{"rollback", "taken back: nothing"},
		{"migrate --seed", "users added: 10"},
		{"reset --yes", "without users"},
		{"reset --seed", "with the ten users"},
		{"reset --seed --yes", "with the ten users"},
		{"seed", "users added: 0"},
	} {
		args := append([]string{"db"}, strings.Fields(step.command)...)
		code, stdout, stderr := rollcall(t, append(args, "--data", data)...)
		if code != exitDone || !strings.Contains(stdout, step.says) {
			t.Errorf("db %s: exit code %d, output %q, error %q; want %q", step.command, code, stdout, stderr, step.says)
		}
	}
}

// Where nobody can be asked, nothing is lost without --yes.
func TestWhatDestroysSaysWhatAndIsRefused(t *testing.T) {
	data := newData(t)
	for command, says := range map[string][]string{
		"reset":        {"removes 10 users and all that was recorded of 0 changes", "SQLite database " + filepath.Join(data, "rollcall.db"), "--yes"},
		"reset --seed": {"removes 10 users", "--yes"},
		"rollback":     {"20261124090000_create_users", "20261128090100_take_over_seed", "it has 10 in all", "--yes"},
	} {
		args := append([]string{"db"}, strings.Fields(command)...)
		code, stdout, stderr := rollcall(t, append(args, "--data", data)...)
		if code != exitFailed || stdout != "" {
			t.Errorf("%s: exit code %d, output %q", command, code, stdout)
		}
		for _, part := range append(says, "nothing was done") {
			if !strings.Contains(stderr, part) {
				t.Errorf("%s does not say %q: %s", command, part, stderr)
			}
		}
	}
	if _, stdout, stderr := usersIn(t, data, "list"); strings.Count(stdout, "\n") != 10 {
		t.Errorf("users were lost: %s%s", stdout, stderr)
	}
}

func TestOnlyYesIsYes(t *testing.T) {
	for answer, goesOn := range map[string]bool{
		"yes\n": true, " yes \r\n": true, "yes": true, "y\n": false, "\n": false, "": false, "no\n": false, "yes, no\n": false, "YES\n": false,
	} {
		var asked bytes.Buffer
		err := destructive{}.ask(t.Context(), strings.NewReader(answer), &asked, true, "this loses all")
		if (err == nil) != goesOn || !strings.Contains(asked.String(), "this loses all. Type yes") {
			t.Errorf("%q: %v, asked %q", answer, err, &asked)
		}
	}
	if err := (destructive{Yes: true}).ask(t.Context(), nil, nil, true, "this loses all"); err != nil {
		t.Error(err)
	}
}

func TestCtrlCIsNoYes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in, silent := io.Pipe()
	defer silent.Close()
	if err := (destructive{}).ask(ctx, in, io.Discard, true, "this loses all"); err == nil || !strings.Contains(err.Error(), "nothing was done") {
		t.Errorf("%v", err)
	}
}

// A database of another program, to which somebody's DATABASE_URL leads.
func TestTheTablesOfOthersAreLeftAlone(t *testing.T) {
	withoutEnvironment(t)
	file := filepath.Join(t.TempDir(), "shop.db")
	db, err := sql.Open(sqliteshim.ShimName, file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{"CREATE TABLE users (id_user TEXT, name TEXT, password TEXT)", "INSERT INTO users VALUES ('1', 'Ann', 'hunter2')"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("DATABASE_URL", "sqlite://"+file)
	for _, command := range []string{
		"db migrate", "db migrate --seed", "db seed", "db reset --yes", "db rollback --yes",
		"users add 2 Bob", "users remove 1", "users list", "users import db_test.go", "cluster --nodes 1 --data " + t.TempDir(),
	} {
		args := strings.Fields(command)
		if args[0] == "cluster" {
			args = append(args, "--listen", "127.0.0.1:"+freePort(t), "--node-port", freePort(t), "--actor-port", freePort(t), "--gossip-port", freePort(t))
		}
		code, stdout, stderr := rollcall(t, args...)
		if code != exitFailed || !strings.Contains(stderr, "table users that is not Rollcall's") {
			t.Errorf("%s: exit code %d, output %q, error %q", command, code, stdout, stderr)
		}
	}
	var tables, rows int
	if err := db.QueryRow("SELECT (SELECT COUNT(*) FROM sqlite_master), (SELECT COUNT(*) FROM users)").Scan(&tables, &rows); err != nil || tables != 1 || rows != 1 {
		t.Errorf("%d tables, %d users, %v", tables, rows, err)
	}
}

// Whoever starts a demo with the DATABASE_URL of others leaves their schema alone.
func TestALocalClusterDoesNotMigrateADatabaseThatWasNamed(t *testing.T) {
	withoutEnvironment(t)
	file := filepath.Join(t.TempDir(), "others.db")
	args := []string{"cluster", "--nodes", "1", "--data", t.TempDir(), "--database-url", file,
		"--listen", "127.0.0.1:" + freePort(t), "--node-port", freePort(t), "--actor-port", freePort(t), "--gossip-port", freePort(t)}
	code, stdout, stderr := rollcall(t, args...)
	if code != exitFailed || !strings.Contains(stderr, "rollcall db migrate") || strings.Contains(stdout, "starting nodes") {
		t.Errorf("exit code %d, output %q, error %q", code, stdout, stderr)
	}
	if code, stdout, _ := rollcall(t, "users", "list", "--database-url", file); code == exitDone {
		t.Errorf("it was migrated: %q", stdout)
	}
}

// The ten users are for the demo; nobody's own users get them for company.
func TestOnlyAnEmptyDemoIsSeeded(t *testing.T) {
	withoutEnvironment(t)
	log := slog.New(slog.DiscardHandler)
	users := func(s Storage) int {
		t.Helper()
		_, stdout, _ := usersIn(t, s.Data, "list")
		return strings.Count(stdout, "\n")
	}
	alone, demo := Storage{Data: t.TempDir()}, Storage{Data: t.TempDir()}
	if err := errors.Join(alone.prepare(t.Context(), log, false), demo.prepare(t.Context(), log, true)); err != nil {
		t.Fatal(err)
	}
	if users(alone) != 0 || users(demo) != 10 {
		t.Errorf("%d users and %d", users(alone), users(demo))
	}
	if code, _, stderr := usersIn(t, alone.Data, "add", "ann", "Ann"); code != exitDone {
		t.Fatal(stderr)
	}
	if err := alone.prepare(t.Context(), log, true); err != nil || users(alone) != 1 {
		t.Errorf("%d users, %v", users(alone), err)
	}
}

func TestSeedBeforeMigrateSaysWhatToDo(t *testing.T) {
	withoutEnvironment(t)
	code, _, stderr := rollcall(t, "db", "seed", "--data", t.TempDir())
	if code != exitFailed || !strings.Contains(stderr, "migrat") {
		t.Errorf("exit code %d, error %q", code, stderr)
	}
}

func TestBadDatabaseURLIsExplained(t *testing.T) {
	withoutEnvironment(t)
	code, _, stderr := rollcall(t, "db", "migrate", "--database-url", "mysql://host/db")
	if code != exitFailed || !strings.Contains(stderr, "postgres://") {
		t.Errorf("exit code %d, error %q", code, stderr)
	}
}
