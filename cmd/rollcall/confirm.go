package main

import (
	"bufio"
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
func (d destructive) mayGoOn(std streams, loss string) error {
	return d.ask(std.in, std.err, isTerminal(std.in) && isTerminal(std.err), loss)
}

func (d destructive) ask(in io.Reader, out io.Writer, terminal bool, loss string) error {
	switch {
	case d.Yes:
		return nil
	case !terminal:
		return problem.New(problem.Invalid, "%s; nothing was done. If that is meant, say --yes", loss)
	}
	if _, err := fmt.Fprintf(out, "%s. Type yes to go on: ", loss); err != nil {
		return err
	}
	answer, err := bufio.NewReader(in).ReadString('\n')
	if answer = strings.TrimSpace(answer); answer != "yes" {
		if err == nil || err == io.EOF {
			return problem.New(problem.Invalid, "nothing was done, as the answer was %q and not yes", answer)
		}
		return fmt.Errorf("nothing was done: %w", err)
	}
	return nil
}
