package secret

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestTheSecretInAFile(t *testing.T) {
	for _, test := range []struct {
		name, text, want string
		says             string // part of the error
	}{
		{"as it is", "hunter2", "hunter2", ""},
		{"with the line break of an editor", "hunter2\n", "hunter2", ""},
		{"of another editor", "hunter2\r\n", "hunter2", ""},
		{"spaces are of it", " hunter 2 \n", " hunter 2 ", ""},
		{"text of any language", "пароль\n", "пароль", ""},
		{"nothing", "", "", "is empty"},
		{"a line break", "\n", "", "is empty"},
		{"space", " \t\n", "", "is empty"},
		{"two lines", "hunter2\nhunter3\n", "", "several lines"},
		{"a line too many", "hunter2\n\n", "", "several lines"},
		{"bytes", "hunter2\x00", "", "several lines"},
		{"all that fits", strings.Repeat("x", most), strings.Repeat("x", most), ""},
		{"too much", strings.Repeat("x", most+1), "", "more than"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := Read(path)
			if got != test.want || (err == nil) != (test.says == "") {
				t.Fatalf("%q, %v", got, err)
			}
			if err != nil && (!strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "hunter")) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAFileThatIsNoneIsExplained(t *testing.T) {
	folder := t.TempDir()
	for path, says := range map[string]string{
		filepath.Join(folder, "nowhere"):    "no file",
		folder:                              "must be a file",
		filepath.Join(folder, "a", "b"):     "no file",
		filepath.Join(folder, "x\x00y"):     "cannot read",
		filepath.Join("/proc/self", "none"): "no file",
	} {
		if _, err := Read(path); problem.CodeOf(err) != problem.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestWhoElseMayReadASecretIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for mode, exposed := range map[os.FileMode]bool{
		0o600: false, 0o400: false, 0o700: false, 0o640: false, 0o604: true, 0o644: true, 0o620: true, 0o602: true,
	} {
		if err := os.WriteFile(path, []byte("hunter2"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if said := Exposed(path); (said != "") != exposed || exposed && !strings.Contains(said, "chmod 600 "+path) {
			t.Errorf("%o: %q", mode, said)
		}
	}
}

func TestATokenIsMadeOnceAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "admin-token")
	tokens := make([]string, 16)
	var all sync.WaitGroup
	for i := range tokens {
		all.Go(func() {
			token, err := Keep(path)
			if tokens[i] = token; err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, token := range tokens {
		if token != tokens[0] || len(token) != 48 {
			t.Fatalf("tokens %q", tokens)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	for path, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if one, other := newToken(), newToken(); one == other {
		t.Error("tokens repeat")
	}
}

func TestATokenThatCannotBeKeptIsOneNevertheless(t *testing.T) {
	folder := t.TempDir()
	empty := filepath.Join(folder, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(empty, "admin-token"), empty} {
		token, err := Keep(path)
		if err == nil || len(token) != 48 {
			t.Errorf("%s: %q, %v", path, token, err)
		}
	}
	if text, err := os.ReadFile(empty); err != nil || len(text) != 0 {
		t.Errorf("what was there was changed: %q, %v", text, err)
	}
}

func TestAFolderIsExposedToo(t *testing.T) {
	folder := t.TempDir()
	for mode, exposed := range map[os.FileMode]bool{0o700: false, 0o750: false, 0o755: true, 0o770: true, 0o701: true} {
		if err := os.Chmod(folder, mode); err != nil {
			t.Fatal(err)
		}
		if said := Exposed(folder); (said != "") != exposed || exposed && !strings.Contains(said, "chmod 700 "+folder) {
			t.Errorf("%o: %q", mode, said)
		}
	}
}
