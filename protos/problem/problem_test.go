package problem

import (
	"errors"
	"fmt"
	"testing"
)

func TestCodeAndMessageSurviveWrapping(t *testing.T) {
	cause := errors.New("disk full")
	err := fmt.Errorf("rename user 2: %w", Wrap(cause, Unavailable, "The user store cannot write; try again in %d s", 5))

	if got := CodeOf(err); got != Unavailable {
		t.Errorf("CodeOf = %q, want %q", got, Unavailable)
	}
	if got, want := MessageOf(err), "The user store cannot write; try again in 5 s"; got != want {
		t.Errorf("MessageOf = %q, want %q", got, want)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is no longer reachable by errors.Is")
	}
}

func TestForeignErrorIsInternalAndNotShown(t *testing.T) {
	err := errors.New("pq: password authentication failed for user root")
	if got := CodeOf(err); got != Internal {
		t.Errorf("CodeOf = %q, want %q", got, Internal)
	}
	if got := MessageOf(err); got == err.Error() {
		t.Errorf("MessageOf leaks %q to the client", got)
	}
	if got := CodeOf(nil); got != "" {
		t.Errorf("CodeOf(nil) = %q, want none", got)
	}
}
