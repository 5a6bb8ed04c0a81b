package filelock

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestOnlyOneHoldsTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := Try(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Try(path); !errors.Is(err, ErrHeld) {
		t.Fatalf("second Try = %v, want ErrHeld", err)
	}

	got := make(chan error)
	go func() {
		second, err := Wait(path)
		got <- errors.Join(err, second.Close())
	}()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Fatalf("Wait after the holder closed: %v", err)
	}
}

func TestFolderThatIsNotThereIsAnError(t *testing.T) {
	if _, err := Try(filepath.Join(t.TempDir(), "missing", "lock")); err == nil || errors.Is(err, ErrHeld) {
		t.Fatalf("Try = %v, want an error of the file system", err)
	}
}
