//go:build unix

// Package e2e tests the program as its users run it: real processes, a real
// Redis, and the official Socket.IO clients.
package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

func TestMain(m *testing.M) {
	remove, err := prepare()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		remove()
		os.Exit(code)
	}))
}

// prepare builds the program and gets the clients, once for all tests.
func prepare() (remove func(), err error) {
	const patience = 10 * time.Minute // with empty caches
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	directory, err := os.MkdirTemp("", "rollcall-e2e-")
	if err != nil {
		return nil, err
	}
	remove = func() { _ = os.RemoveAll(directory) }
	if err := harness.UseProgram(ctx, directory); err != nil {
		remove()
		return nil, err
	}
	if err := clients.Install(ctx); err != nil {
		remove()
		return nil, err
	}
	return remove, nil
}
