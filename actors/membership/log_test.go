package membership

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestMemberlistIsLoggedAtItsLevels(t *testing.T) {
	tests := []struct{ line, want string }{
		{"[DEBUG] memberlist: Stream connection from=127.0.0.1", `level=DEBUG msg="Stream connection from=127.0.0.1"`},
		{"[INFO] memberlist: Marking node-2 as failed", `level=DEBUG msg="Marking node-2 as failed"`},
		{"[WARN] memberlist: Refuting a suspect message", `level=WARN msg="Refuting a suspect message"`},
		{"[ERR] memberlist: Push/Pull failed", `level=WARN msg="Push/Pull failed"`},
		{"no level", `level=DEBUG msg="no level"`},
		{"[", `level=DEBUG msg=[`},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		newGossipLog(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))).Print(tt.line)
		if got := out.String(); !strings.Contains(got, tt.want) {
			t.Errorf("%q is logged as %q", tt.line, got)
		}
	}
}

func TestProtoactorWarnsAtMost(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(quiet{slog.NewTextHandler(&out, nil)}).With("lib", "protoactor")
	log.Debug("debug")
	log.Info("info")
	if out.Len() > 0 {
		t.Errorf("logged: %s", out.String())
	}
	log.Error("error")
	if got := out.String(); !strings.Contains(got, "level=WARN msg=error lib=protoactor") {
		t.Errorf("logged: %s", got)
	}
}
