package socketio

import (
	"fmt"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestFaultIsInvalidInputToTheRestOfTheProgram(t *testing.T) {
	err := fmt.Errorf("read packet: %w", ReservedName)
	if got := problem.CodeOf(err); got != problem.Invalid {
		t.Errorf("CodeOf = %q, want %q", got, problem.Invalid)
	}
	if got := problem.MessageOf(err); got != string(ReservedName) {
		t.Errorf("MessageOf = %q, want %q", got, ReservedName)
	}
}
