package main

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/cmd/rollcall/listen"
	"github.com/rollcall/rollcall/cmd/rollcall/secret"
	"github.com/rollcall/rollcall/cmd/rollcall/supervisor"
)

// Whatever the mask of the shell is, what is kept is its owner's alone.
func TestWhatIsKeptIsItsOwnersAlone(t *testing.T) {
	for _, mask := range []int{0o000, 0o022, 0o077} {
		before := syscall.Umask(mask)
		t.Cleanup(func() { syscall.Umask(before) })
		data := filepath.Join(t.TempDir(), "a", "data")
		store, err := identity.Open(t.Context(), filepath.Join(data, "store", "rollcall.db"), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		_, migrated := store.Migrator().Up(t.Context())
		_, signed := listen.SelfSigned(filepath.Join(data, "tls"), time.Now())
		kept, logged := supervisor.OpenLogFile(filepath.Join(data, "logs", "cluster.log"))
		claim, claimed := supervisor.Claim(filepath.Join(data, "pid", "cluster.pid"))
		_, made := secret.Keep(filepath.Join(data, "token", "admin-token"))
		if err := errors.Join(migrated, signed, logged, claimed, made); err != nil {
			t.Fatal(err)
		}
		files := 0
		err = filepath.WalkDir(filepath.Dir(data), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			want := fs.FileMode(0o600)
			if entry.IsDir() {
				want = fs.ModeDir | 0o700
			} else {
				files++
			}
			if info.Mode() != want {
				t.Errorf("with the mask %03o %s has the mode %v, want %v", mask, path, info.Mode(), want)
			}
			return nil
		})
		if err != nil || files != 8 { // the database has three while it is open
			t.Errorf("%d files, %v", files, err)
		}
		if err := errors.Join(store.Close(), kept.Close(), claim.Release()); err != nil {
			t.Error(err)
		}
	}
}

func TestAFolderThatOthersMayReadIsNamedAndLeftAsItIs(t *testing.T) {
	withoutEnvironment(t)
	for mode, named := range map[fs.FileMode]bool{0o700: false, 0o755: true} {
		data := t.TempDir()
		if err := os.Chmod(data, mode); err != nil {
			t.Fatal(err)
		}
		settings := serveCmd(t, "--data", data).Settings
		log := slog.New(slog.DiscardHandler)
		if err := settings.prepare(t.Context(), log, false); err != nil {
			t.Fatal(err)
		}
		var logged bytes.Buffer
		settings.warnOfExposed(slog.New(slog.NewTextHandler(&logged, nil)))
		if told := strings.Count(logged.String(), "chmod 700 "+data); told != 0 != named || told > 1 || strings.Contains(logged.String(), "rollcall.db") {
			t.Errorf("%v: %s", mode, &logged)
		}
		if info, err := os.Stat(data); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%v, %v", info, err)
		}
	}
}

func TestOneWarningSaysWhatStrangersCanDo(t *testing.T) {
	for _, test := range []struct {
		listens []Address
		warns   bool
	}{
		{[]Address{"127.0.0.1:5009", ""}, false}, {[]Address{"localhost:5009"}, false}, {[]Address{"[::1]:5009", "127.0.0.1:5010"}, false},
		{[]Address{":5009"}, true}, {[]Address{"10.0.0.1:5009"}, true}, {[]Address{"127.0.0.1:5011", ":5009"}, true}, {[]Address{":5011", ":5009"}, true},
	} {
		var logged bytes.Buffer
		(&Access{Auth: authNone}).warnOfStrangers(slog.New(slog.NewTextHandler(&logged, nil)), test.listens...)
		if lines := strings.Count(logged.String(), "\n"); lines > 1 || lines == 1 != test.warns {
			t.Errorf("%v: %s", test.listens, &logged)
		}
		for _, part := range []string{"any id_user", "rename", "join every room", "proxy", "--listen 127.0.0.1:"} {
			if test.warns && !strings.Contains(logged.String(), part) {
				t.Errorf("%v: it does not say %q: %s", test.listens, part, &logged)
			}
		}
	}
}

// The one warning is that of who was started, not of each node of a local cluster.
func TestNodesOfALocalClusterDoNotWarnAgain(t *testing.T) {
	withoutEnvironment(t)
	for args, warns := range map[string]int{"--supervised": 0, "": 1} {
		var logged bytes.Buffer
		cmd := serveCmd(t, append([]string{"--data", t.TempDir(), "--listen", ":5009"}, strings.Fields(args)...)...)
		cmd.warn(slog.New(slog.NewTextHandler(&logged, nil)))
		if told := strings.Count(logged.String(), "any id_user"); told != warns {
			t.Errorf("%q: it is said %d times, want %d:\n%s", args, told, warns, &logged)
		}
	}
}
