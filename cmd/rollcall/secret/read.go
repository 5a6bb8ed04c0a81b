package secret

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
)

// most is how many bytes a secret may have.
const most = 64 << 10

// Read returns the secret in a file, without the line break at its end that editors
// put there. The error is [problem.Invalid], and says what to do.
func Read(path string) (string, error) {
	text, err := ReadText(path, "the secret")
	if err == nil && strings.ContainsAny(text, "\n\r\x00") {
		return "", problem.New(problem.Invalid, "%s has several lines; it must hold the secret and nothing else", path)
	}
	return text, err
}

// ReadText is [Read] for what may have several lines. Errors call it what it is, as "the
// secret".
func ReadText(path, what string) (string, error) {
	file, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", problem.New(problem.Invalid, "there is no file %s; write %s into it", path, what)
	case errors.Is(err, fs.ErrPermission):
		return "", problem.New(problem.Invalid, "this user may not read %s; make it the owner of the file", path)
	case err != nil:
		return "", problem.Wrap(err, problem.Invalid, "cannot read %s", path)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	switch {
	case err != nil:
		return "", problem.Wrap(err, problem.Invalid, "cannot read %s; it must be a file that holds %s", path, what)
	case len(text) > most:
		return "", problem.New(problem.Invalid, "%s has more than %d bytes; it must hold %s and nothing else", path, most, what)
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	if len(bytes.TrimSpace(text)) == 0 {
		return "", problem.New(problem.Invalid, "%s is empty; write %s into it", path, what)
	}
	return string(text), nil
}

// Exposed returns what is wrong with who may read or change a file or folder, "" if that is its
// owner, and its group to read. What Docker mounts into a container is for that container
// only, whatever its mode.
func Exposed(path string) string {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o027 == 0 {
		return ""
	}
	mode := "600"
	if info.IsDir() {
		mode = "700"
	}
	for _, mounted := range []string{"/run/secrets/", "/var/run/secrets/"} {
		if strings.HasPrefix(path, mounted) {
			return ""
		}
	}
	return fmt.Sprintf("others on this machine may read or change %s (its mode is %04o): chmod %s %s", path, info.Mode().Perm(), mode, path)
}
