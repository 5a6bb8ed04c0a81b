package backend

import (
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestEventsThatNoBackendMaySend(t *testing.T) {
	for _, name := range []string{"", strings.Repeat("x", LongestEvent+1), "connect", "disconnect", "newListener", "handshake", "message", "closing", "token-expiring"} {
		if err := CheckEvent(name); problem.CodeOf(err) != problem.Invalid || problem.NameOf(err) != problem.BadEvent {
			t.Errorf("%.20q: %v", name, err)
		}
	}
	for _, name := range []string{"news", "Message", "error", "ü", strings.Repeat("x", LongestEvent)} {
		if err := CheckEvent(name); err != nil {
			t.Errorf("%.20q: %v", name, err)
		}
	}
}
