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
		{"off, whatever is shown", New(false, ""), token, problem.NotFound},
		{"open", New(true, ""), "", ""},
		{"open to whatever is shown", New(true, ""), "anything", ""},
		{"the token", New(false, token), token, ""},
		{"no token", New(false, token), "", problem.Unauthorized},
		{"another token", New(false, token), token + "s", problem.Unauthorized},
		{"a part of it", New(false, token), token[:5], problem.Unauthorized},
		{"a token closes an open gate", New(true, token), "", problem.Unauthorized},
		{"… for all but who shows it", New(true, token), token, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := problem.CodeOf(test.gate.Admit("localhost:5009", test.shown)); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestWhoIsTurnedAwayIsToldWhatToDo(t *testing.T) {
	if message := problem.MessageOf(Gate{}.Admit("localhost:5009", "")); !strings.Contains(message, "--admin-token") {
		t.Error(message)
	}
}

func TestAnOpenGateIsOpenToThisMachine(t *testing.T) {
	for host, open := range map[string]bool{
		"localhost": true, "LocalHost:5009": true, "127.0.0.1:5009": true, "127.8.8.8": true, "[::1]:5009": true, "[::1]": true,
		"evil.example:5009": false, "localhost.evil.example": false, "10.0.0.1:5009": false, "": false, "[": false,
	} {
		if err := New(true, "").Admit(host, ""); (err == nil) != open {
			t.Errorf("%q: %v", host, err)
		}
	}
	if err := New(true, "a token of operators").Admit("evil.example", "a token of operators"); err != nil {
		t.Errorf("who shows the token may call it by any name: %v", err)
	}
}
