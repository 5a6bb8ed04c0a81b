package actors

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }
