package trace

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

var errSome = errors.New("some reason")

func TestLinesAboutATraceAreShownInIt(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(NewLogHandler(slog.NewTextHandler(&out, nil)))
	tracer := New(Config{Node: "node-1", Rate: 1})
	root := tracer.Start(Context{}, "roll", "http", "", "GET")
	part := root.Step("query")

	log.Info("nothing to do with it")
	part.Logger(log).With("room", "Maths").Warn("lost a node", "err", errSome)
	part.Logger(log).WithGroup("g").Debug("a detail")
	part.End()
	root.End()

	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "trace_id="+root.TraceID()) || strings.Contains(got, "detail") {
		t.Errorf("logged %s", got)
	}
	spans, _ := tracer.Spans(root.Context().Trace)
	for _, s := range spans {
		lines := s.GetLogs()
		switch {
		case s.GetName() == "GET" && len(lines) != 0:
			t.Errorf("lines of another span: %v", lines)
		case s.GetName() == "query" && (len(lines) != 2 || lines[0].GetMessage() != "lost a node" || lines[0].GetLevel() != "WARN" ||
			lines[0].GetFields()[0].GetValue() != `"some reason"` || lines[1].GetMessage() != "a detail"):
			t.Errorf("lines %v", lines)
		}
	}
}

func TestALoggerWithoutATraceIsLeftAlone(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	if (*Span)(nil).Logger(log) != log {
		t.Error("it was changed")
	}
}
