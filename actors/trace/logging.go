package trace

import (
	"context"
	"log/slog"
	"slices"

	"github.com/rollcall/rollcall/protos"
)

// reference is the value of the log attribute trace_id: a text for whoever reads
// the log, and for [LogHandler] the way to the span.
type reference struct{ span *Span }

// LogValue returns the trace's id.
func (r reference) LogValue() slog.Value { return slog.StringValue(r.span.TraceID()) }

// Logger returns log with the id of the trace, so that what is logged shows in the
// trace, too. Without a trace it is log itself.
func (s *Span) Logger(log *slog.Logger) *slog.Logger {
	if s == nil {
		return log
	}
	return log.With("trace_id", reference{s})
}

// LogHandler passes records on to another handler. Those of a logger that
// [Span.Logger] made are shown in the trace as well: all of them, whatever the
// other's level is.
type LogHandler struct {
	next slog.Handler
	span *Span // nil without a trace
}

// NewLogHandler returns a handler before next.
func NewLogHandler(next slog.Handler) *LogHandler { return &LogHandler{next: next} }

// Enabled reports whether records of the level are of use to anybody.
func (h *LogHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.span != nil || h.next.Enabled(ctx, level)
}

// Handle takes one record.
func (h *LogHandler) Handle(ctx context.Context, r slog.Record) error {
	if h.span != nil {
		h.span.log(r)
		if !h.next.Enabled(ctx, r.Level) {
			return nil
		}
	}
	return h.next.Handle(ctx, r)
}

// WithAttrs returns a handler whose records have the attributes.
func (h *LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := &LogHandler{next: h.next.WithAttrs(attrs), span: h.span}
	i := slices.IndexFunc(attrs, func(a slog.Attr) bool {
		_, ok := a.Value.Any().(reference)
		return ok
	})
	if i >= 0 {
		with.span = attrs[i].Value.Any().(reference).span
	}
	return with
}

// WithGroup returns a handler whose records' attributes are in a group.
func (h *LogHandler) WithGroup(name string) slog.Handler {
	return &LogHandler{next: h.next.WithGroup(name), span: h.span}
}

func (s *Span) log(r slog.Record) {
	text := &protos.Span_LogLine{At: r.Time.UnixNano(), Level: r.Level.String(), Message: r.Message}
	r.Attrs(func(a slog.Attr) bool {
		value := a.Value.Resolve().Any()
		if err, ok := value.(error); ok {
			value = err.Error()
		}
		text.Fields = append(text.Fields, field(a.Key, value))
		return true
	})
	s.record.log(line{span: numberOf(s.id), text: text})
}
