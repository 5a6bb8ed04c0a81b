package identity

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain also lets the test binary be another process that renames.
func TestMain(m *testing.M) {
	if databaseURL := os.Getenv(renamerVariable); databaseURL != "" {
		os.Exit(renamer(databaseURL))
	}
	goleak.VerifyTestMain(m)
}
