package main

import (
	"bytes"
	"context"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rollcall runs the program to its end, in process.
func rollcall(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = Run(context.WithoutCancel(t.Context()), args, &out, &err)
	return code, out.String(), err.String()
}
