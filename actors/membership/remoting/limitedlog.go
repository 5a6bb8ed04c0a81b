package remoting

import (
	"context"
	"log/slog"
	"sync/atomic"

	"golang.org/x/time/rate"
)

const (
	// linesASecond and linesAtOnce bound what is logged because of others: whoever
	// reaches the ports of the cluster causes lines.
	linesASecond = 1
	linesAtOnce  = 20

	// longestLine is how many bytes of one such line are kept.
	longestLine = 500
)

// limited is a handler that leaves warnings out when too many come, and says with the next
// one how many those were.
type limited struct {
	slog.Handler
	pace    *rate.Limiter
	leftOut *atomic.Int64
}

func newLimited(h slog.Handler) limited {
	return limited{h, rate.NewLimiter(linesASecond, linesAtOnce), new(atomic.Int64)}
}

// LimitedLog returns a logger for what others cause.
func LimitedLog(to *slog.Logger) *slog.Logger { return slog.New(newLimited(to.Handler())) }

// Handle passes a line on, clipped, or leaves it out.
func (h limited) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn { // for who is looking for something
		return h.Handler.Handle(ctx, r)
	}
	if !h.pace.AllowN(r.Time, 1) {
		h.leftOut.Add(1)
		return nil
	}
	if len(r.Message) > longestLine {
		r.Message = r.Message[:longestLine] + "…"
	}
	if n := h.leftOut.Swap(0); n > 0 {
		r.AddAttrs(slog.Int64("lines_left_out", n))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs and WithGroup share the limit.
func (h limited) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.Handler = h.Handler.WithAttrs(attrs)
	return h
}

func (h limited) WithGroup(name string) slog.Handler {
	h.Handler = h.Handler.WithGroup(name)
	return h
}
