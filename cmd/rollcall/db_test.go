package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestStoreIsMigratedSeededResetAndRolledBack(t *testing.T) {
	withoutEnvironment(t)
	data := filepath.Join(t.TempDir(), "new")
	for _, step := range []struct{ command, says string }{
		{"migrate", "applied: 2"},
		{"migrate", "applied: nothing"},
		{"seed", "users added: 10"},
		{"seed", "users added: 0"},
		{"rollback", "taken back: 2"},
		{"rollback", "taken back: nothing"},
		{"reset", "as new"},
		{"seed", "users added: 0"},
	} {
		code, stdout, stderr := rollcall(t, "db", step.command, "--data", data)
		if code != exitDone || !strings.Contains(stdout, step.says) {
			t.Errorf("db %s: exit code %d, output %q, error %q; want %q", step.command, code, stdout, stderr, step.says)
		}
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
