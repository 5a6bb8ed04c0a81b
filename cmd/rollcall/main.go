// Rollcall answers who is in a room, exactly, on any node of a cluster.
// This is its program: one node (serve), a local cluster of nodes (cluster),
// the care of the user store (db), and of the users in it (users).
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(Run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Run is the whole program but for its process: it does what args ask for until
// that is done, or until ctx is, and returns the exit code. What was asked for
// goes to stdout; errors, and the log of a node, go to stderr. The environment
// of the process counts as the README says.
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
