package supervisor

import (
	"context"
	"io"
)

// UntilOrphaned returns a context that also ends when the supervisor of this
// process does. stdin is the standard input that [Run] gives to a child. The
// goroutine that watches it lives until then.
func UntilOrphaned(ctx context.Context, stdin io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, stdin) // blocks: nobody writes to it
	}()
	return ctx
}
