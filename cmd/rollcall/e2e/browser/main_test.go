//go:build unix

// Package browser tests the pages as people use them: in a real browser, on
// real nodes.
package browser

import (
	"context"
	"errors"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
	"github.com/rollcall/rollcall/web/ui"
)

func TestMain(m *testing.M) { harness.Main(m, thePage) }

// thePage tells whether the pages are built. The program carries the same that
// this test program carries, which is looked at here.
func thePage(context.Context) error {
	if _, built := ui.Files(); !built {
		return errors.New("the pages are not built, so there is nothing to test: run task build (it needs Node 20 or newer)")
	}
	return nil
}
