package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
)

// destructive is a command that takes away what cannot be had back.
type destructive struct {
	Yes bool `help:"Do it without a question; asked for where there is no terminal to ask at."`
}

// mayGoOn asks whether what would be lost, as loss tells, may be: nobody is asked who has
// said yes. Who cannot be asked is refused.
func (d destructive) mayGoOn(ctx context.Context, std streams, loss string) error {
	return d.ask(ctx, std.in, std.err, isTerminal(std.in) && isTerminal(std.err), loss)
}

func (d destructive) ask(ctx context.Context, in io.Reader, out io.Writer, terminal bool, loss string) error {
	switch {
	case d.Yes:
		return nil
	case !terminal:
		return problem.New(problem.Invalid, "%s; nothing was done. If that is meant, say --yes", loss)
	}
	if _, err := fmt.Fprintf(out, "%s. Type yes to go on: ", loss); err != nil {
		return err
	}
	answers := make(chan string, 1)
	go func() { // who answers by Ctrl-C does not end the line
		answer, _ := bufio.NewReader(in).ReadString('\n') // what fails is no yes
		answers <- strings.TrimSpace(answer)
	}()
	select {
	case answer := <-answers:
		if answer != "yes" {
			return problem.New(problem.Invalid, "nothing was done, as the answer was %q and not yes", answer)
		}
		return nil
	case <-ctx.Done():
		return problem.New(problem.Invalid, "nothing was done")
	}
}
