//go:build unix

// Package browser tests the room page as people use it: in a real browser, on
// real nodes.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
	"github.com/rollcall/rollcall/web/ui"
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

// prepare builds the program, once for all tests. It carries the page that this
// test program carries too, which is looked at here.
func prepare() (remove func(), err error) {
	if _, built := ui.Files(); !built {
		return nil, errors.New("the room page is not built, so there is nothing to test: run task build (it needs Node 20 or newer)")
	}
	const patience = 10 * time.Minute // with empty caches
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	directory, err := os.MkdirTemp("", "rollcall-browser-")
	if err != nil {
		return nil, err
	}
	remove = func() { _ = os.RemoveAll(directory) }
	if err := harness.UseProgram(ctx, directory); err != nil {
		remove()
		return nil, err
	}
	return remove, nil
}
