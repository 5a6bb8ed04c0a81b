//go:build unix

package faults

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// overlay is what a build of the program takes in place of files, or in addition
// to them: the texts, by the files' paths.
type overlay map[string]string

// altered returns the text of a file in which something is replaced. It fails if
// that is not there exactly once.
func altered(t testing.TB, file, old, new string) string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), old); n != 1 {
		t.Fatalf("%q is %d times in %s; say anew what is to be replaced", old, n, file)
	}
	return strings.Replace(string(source), old, new, 1)
}

// build makes the program, and has the harness run it.
func (o overlay) build(t *testing.T) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "rollcall")
	o.compile(t, "-o", program, "./cmd/rollcall")
	t.Setenv(harness.ProgramVariable, program)
}

// compile runs go build. Without -o it looks only whether a package can be built.
func (o overlay) compile(t *testing.T, args ...string) {
	t.Helper()
	build := exec.Command("go", append([]string{"build", "-overlay", o.write(t, t.TempDir())}, args...)...)
	build.Dir = module(t)
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, output)
	}
}

// write returns the file that go build -overlay takes.
func (o overlay) write(t testing.TB, directory string) (path string) {
	t.Helper()
	instead := make(map[string]string, len(o))
	for file, text := range o {
		instead[file] = filepath.Join(directory, strconv.Itoa(len(instead))+"-"+filepath.Base(file))
		write(t, instead[file], []byte(text))
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": instead})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(directory, "overlay.json")
	write(t, path, list)
	return path
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// module returns the folder of the module.
func module(t testing.TB) string {
	t.Helper()
	return goSays(t, "list", "-m", "-f", "{{.Dir}}")
}

// goSays returns what a go command prints.
func goSays(t testing.TB, arguments ...string) string {
	t.Helper()
	output, err := exec.Command("go", arguments...).Output()
	if err != nil {
		t.Fatalf("go %v: %v", arguments, err)
	}
	return strings.TrimSpace(string(output))
}
