package engineio

import (
	"fmt"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestFaultIsInvalidInputToTheRestOfTheProgram(t *testing.T) {
	err := fmt.Errorf("read frame: %w", NotUTF8)
	if got := problem.CodeOf(err); got != problem.Invalid {
		t.Errorf("CodeOf = %q, want %q", got, problem.Invalid)
	}
	if got := problem.MessageOf(err); got != string(NotUTF8) {
		t.Errorf("MessageOf = %q, want %q", got, NotUTF8)
	}
}
