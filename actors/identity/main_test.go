package identity

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain also lets the test binary be another process: one that renames, or one that
// can stand still.
func TestMain(m *testing.M) {
	if databaseURL := os.Getenv(renamerVariable); databaseURL != "" {
		os.Exit(renamer(databaseURL))
	}
	if redisURL := os.Getenv(followerVariable); redisURL != "" {
		os.Exit(follower(redisURL))
	}
	goleak.VerifyTestMain(m)
}
