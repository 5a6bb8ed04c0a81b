// Rollcall answers who is in a room, exactly, on any node of a cluster.
// This is its program: one node (serve), a local cluster of nodes (cluster),
// what is wrong with a node (doctor), the care of the user store (db), and of the users
// in it (users).
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes of the program.
const (
	exitDone   = 0
	exitFailed = 1 // what was asked for did not work
	exitUsage  = 2 // what was asked for makes no sense; nothing was started
)

func main() {
	os.Exit(Run(untilAsked(), os.Args[1:], os.Stdout, os.Stderr))
}

// untilAsked returns a context that ends when the program is asked to stop: by Ctrl-C,
// by an init system, or because the terminal is closed, unless nohup forbids that. A
// second signal ends it at once, save that of a terminal, of which the kernel and the
// shell each send one.
func untilAsked() context.Context {
	asking := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		asking = append(asking, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), asking...)
	context.AfterFunc(ctx, func() {
		signal.Ignore(syscall.SIGHUP)
		stop()
	})
	return ctx
}

// outliveReaders has a program that serves others go on, and stop in its own way, when
// whoever reads what it prints is gone: tee, for one, ends at the same Ctrl-C.
func outliveReaders() { signal.Ignore(syscall.SIGPIPE) }

// Run is the whole program but for its process: it does what args ask for until
// that is done, or until ctx is, and returns the exit code. What was asked for
// goes to stdout; errors, and the log of a node, go to stderr. The environment
// of the process counts as docs/reference/flags.md says.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	command, code, err := parse(args, stdout)
	switch {
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "rollcall: %v\nTry rollcall --help, or --help after a command.\n", err)
		return exitUsage
	case command == nil:
		return code
	}
	if err := command.run(ctx, stdout, stderr); err != nil {
		_, _ = fmt.Fprintf(stderr, "rollcall: %v\n", err)
		return exitFailed
	}
	return exitDone
}
