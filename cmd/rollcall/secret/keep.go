package secret

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Keep returns the token that is kept in a file, which is made with a new one if it is
// not there. Of several processes that do so at once all get the same token. If it
// cannot be kept, the token is returned nevertheless, with why: it is then another one
// after each start.
func Keep(path string) (token string, err error) {
	token, err = Read(path)
	if err == nil {
		return token, nil
	}
	if _, absent := os.Lstat(path); !errors.Is(absent, fs.ErrNotExist) {
		return newToken(), err // it is there, and no good: its owner is to look at it
	}
	token = newToken()
	if err := write(path, token); err != nil {
		if kept, err := Read(path); err == nil { // another process was faster
			return kept, nil
		}
		return token, fmt.Errorf("keep a token in %s: %w", path, err)
	}
	return token, nil
}

// newToken returns a token that nobody can guess, fit for a URL.
func newToken() string {
	var bytes [24]byte
	_, _ = rand.Read(bytes[:]) // which never fails
	return hex.EncodeToString(bytes[:])
}

// write makes a file that is whole from its first moment, and its owner's alone. It
// fails if there is one.
func write(path, text string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	_, err = file.WriteString(text + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Link(file.Name(), path)
}
