//go:build unix

package postgrestest

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
	"testing"
)

// ownDirectory makes a directory for the server's data, and says as whom the
// server must run. PostgreSQL refuses to run as root, so root lends it to an
// unprivileged user, who could not enter t.TempDir.
func ownDirectory(t testing.TB) (string, *syscall.SysProcAttr) {
	t.Helper()
	directory, err := os.MkdirTemp("", "rollcall-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(directory); err != nil {
			t.Error(err)
		}
	})
	if os.Geteuid() != 0 {
		return directory, nil
	}
	uid, gid := unprivileged(t)
	if err := os.Chown(directory, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	return directory, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
}

func unprivileged(t testing.TB) (uid, gid uint32) {
	t.Helper()
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		u, err1 := strconv.ParseUint(account.Uid, 10, 32)
		g, err2 := strconv.ParseUint(account.Gid, 10, 32)
		if err1 == nil && err2 == nil && u != 0 {
			return uint32(u), uint32(g)
		}
	}
	t.Fatal("this test runs as root, as whom PostgreSQL does not start, and finds no user postgres or nobody")
	return 0, 0
}
