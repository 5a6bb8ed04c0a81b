package supervisor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/rollcall/rollcall/cmd/rollcall/filelock"
	"github.com/rollcall/rollcall/protos/problem"
)

// PIDFile names the running supervisor of a data folder, and keeps a second one
// out. It is locked as long as the supervisor lives; a file that is not locked
// is a leftover, whatever it says.
type PIDFile struct{ lock filelock.File }

// Claim writes the process id of this process to path, making its folder if
// need be. It fails if another process that claimed path still runs.
func Claim(path string) (*PIDFile, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "cannot make the folder %s; choose another with --data", filepath.Dir(path))
	}
	lock, err := filelock.Try(path)
	if errors.Is(err, filelock.ErrHeld) {
		return nil, problem.New(problem.Unavailable,
			"a rollcall cluster is running on %s already (process %s); stop it, or choose another folder with --data and other ports",
			filepath.Dir(path), holder(path))
	}
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, "cannot write %s; choose another folder with --data", path)
	}
	p := &PIDFile{lock}
	if err := p.write(fmt.Sprintf("%d\n", os.Getpid())); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return p, nil
}

// Release empties the file and drops the claim.
func (p *PIDFile) Release() error { return errors.Join(p.write(""), p.lock.Close()) }

func (p *PIDFile) write(text string) error {
	if err := p.lock.Truncate(0); err != nil {
		return err
	}
	_, err := p.lock.WriteAt([]byte(text), 0)
	return err
}

func holder(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 32))
	if pid := strings.TrimSpace(string(text)); err == nil && pid != "" {
		return pid
	}
	return "unknown"
}
