package membership

import (
	"bytes"
	"context"
	"log"
	"log/slog"

	"github.com/rollcall/rollcall/actors/membership/remoting"
)

// quiet passes on what protoactor warns of. What it calls an error is a warning
// to us: a lost peer, a late answer; membership reports what matters of those.
type quiet struct{ slog.Handler }

func (h quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, slog.LevelWarn)
}

func (h quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = min(r.Level, slog.LevelWarn)
	return h.Handler.Handle(ctx, r)
}

func (h quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(attrs)} }
func (h quiet) WithGroup(name string) slog.Handler       { return quiet{h.Handler.WithGroup(name)} }

// gossipLog gives memberlist's lines ("[WARN] memberlist: …") to slog. A line
// of it costs a line even if nobody reads it, so it is parsed, not formatted.
type gossipLog struct{ to *slog.Logger }

func newGossipLog(to *slog.Logger) *log.Logger {
	return log.New(gossipLog{remoting.LimitedLog(to.With("lib", "memberlist"))}, "", 0)
}

func (g gossipLog) Write(line []byte) (int, error) {
	level, text := slog.LevelDebug, bytes.TrimSpace(line)
	if tag, rest, ok := bytes.Cut(text, []byte("] ")); ok && bytes.HasPrefix(tag, []byte("[")) {
		text = bytes.TrimPrefix(rest, []byte("memberlist: "))
		switch string(tag[1:]) {
		case "WARN", "ERR", "ERROR":
			level = slog.LevelWarn
		}
	}
	if bytes.Contains(text, []byte(errVisitor.Error())) {
		level = slog.LevelDebug
	}
	if ctx := context.Background(); g.to.Enabled(ctx, level) {
		g.to.Log(ctx, level, string(text))
	}
	return len(line), nil
}
