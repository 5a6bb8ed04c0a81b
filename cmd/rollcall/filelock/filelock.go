//go:build unix

// Package filelock makes one process wait for another, or give way to it, by a
// lock on a file. The kernel drops the lock when its holder dies, however it
// dies, so a lock is never stale.
package filelock

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrHeld says that another process holds the lock.
var ErrHeld = errors.New("the lock is held by another process")

// File is an open file whose lock this process holds. Close drops the lock; the
// file itself stays, because removing it would let two processes hold one name.
type File struct{ *os.File }

// Wait opens or makes the file at path (mode 0600) and waits for its lock.
// It is meant for work of milliseconds, which is why it takes no context.
func Wait(path string) (File, error) { return lock(path, syscall.LOCK_EX) }

// Try is [Wait] without waiting: it returns [ErrHeld] when another holds the lock.
func Try(path string) (File, error) { return lock(path, syscall.LOCK_EX|syscall.LOCK_NB) }

func lock(path string, how int) (File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return File{}, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return File{}, errors.Join(ErrHeld, f.Close())
	case err != nil:
		return File{}, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return File{f}, nil
}
