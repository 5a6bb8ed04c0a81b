package supervisor

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestDataFolderHasOneSupervisor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "cluster.pid")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("1234567890123\n"), 0o600); err != nil { // left by one that was killed
		t.Fatal(err)
	}
	first, err := Claim(path)
	if err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(os.Getpid())
	expect(t, path, pid+"\n")
	_, err = Claim(path)
	if problem.CodeOf(err) != problem.Unavailable || !strings.Contains(err.Error(), "(process "+pid+")") {
		t.Errorf("second Claim = %v", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	expect(t, path, "")
	again, err := Claim(path)
	if err != nil {
		t.Fatalf("Claim after Release: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Fatal(err)
	}
}
