package actors

import (
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain fails if a goroutine outlives the tests. protoactor counts dead
// letters for a second each time, in a goroutine that ends by itself; a roster
// that has stopped may cause some, by its timers of a second.
func TestMain(m *testing.M) {
	code := m.Run()
	leak := goleak.Find()
	for end := time.Now().Add(5 * time.Second); leak != nil && time.Now().Before(end); {
		leak = goleak.Find()
	}
	if code == 0 && leak != nil {
		fmt.Fprintln(os.Stderr, leak)
		code = 1
	}
	os.Exit(code)
}

// patience is for what must happen; generous, because machines are slow.
const patience = 15 * time.Second

// eventually waits until the condition holds.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	end, again := time.NewTimer(patience), time.NewTicker(5*time.Millisecond)
	defer end.Stop()
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-end.C:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
