package remoting

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// Whatever is sent, and however often, costs a bounded number of lines of a bounded length.
func TestWhatOthersCauseIsLoggedWithALimit(t *testing.T) {
	var out bytes.Buffer
	log := LimitedLog(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", "n"))
	at := time.Now()
	say := func(after time.Duration, level slog.Level) {
		r := slog.NewRecord(at.Add(after), level, strings.Repeat("x", 100_000), 0)
		if err := log.Handler().Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for range 1000 {
		say(0, slog.LevelWarn)
	}
	if got := strings.Count(out.String(), "\n"); got != linesAtOnce || out.Len() > linesAtOnce*(longestLine+200) {
		t.Errorf("%d lines of %d bytes", got, out.Len())
	}
	out.Reset()
	say(time.Second, slog.LevelWarn)
	say(time.Second, slog.LevelWarn)
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "lines_left_out=980") || !strings.Contains(got, "node=n") {
		t.Errorf("logged: %s", got)
	}
	out.Reset()
	say(time.Second, slog.LevelDebug)
	if out.Len() == 0 {
		t.Error("who looks for something does not see it all")
	}
}
