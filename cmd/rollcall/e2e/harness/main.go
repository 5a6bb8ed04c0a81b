//go:build unix

package harness

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Main is the TestMain of a package of end-to-end tests: it makes what else they
// need, then the program that they start, once for all of them, and fails if a
// goroutine outlives them.
func Main(m *testing.M, needs ...func(context.Context) error) {
	directory, err := prepare(needs)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(directory)
		os.Exit(code)
	}))
}

// prepare returns the directory that holds the program. It leaves none if it fails.
func prepare(needs []func(context.Context) error) (directory string, err error) {
	const patience = 10 * time.Minute // with empty caches
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, get := range needs {
		if err := get(ctx); err != nil {
			return "", err
		}
	}
	directory, err = os.MkdirTemp("", "rollcall-e2e-")
	if err != nil {
		return "", err
	}
	if err := useProgram(ctx, directory); err != nil {
		_ = os.RemoveAll(directory)
		return "", err
	}
	return directory, nil
}
