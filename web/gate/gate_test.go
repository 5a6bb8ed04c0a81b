package gate

import (
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestTheGate(t *testing.T) {
	const token = "a token of operators"
	for _, test := range []struct {
		name  string
		gate  Gate
		shown string
		want  problem.Code
	}{
		{"off", Gate{}, "", problem.NotFound},
		{"off, whatever is shown", New(""), token, problem.NotFound},
		{"the token", New(token), token, ""},
		{"no token", New(token), "", problem.Unauthorized},
		{"another token", New(token), token + "s", problem.Unauthorized},
		{"a part of it", New(token), token[:5], problem.Unauthorized},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := problem.CodeOf(test.gate.Admit(test.shown)); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestWhoIsTurnedAwayIsToldWhatToDo(t *testing.T) {
	if message := problem.MessageOf(Gate{}.Admit("")); !strings.Contains(message, "--admin-token") {
		t.Error(message)
	}
}
