// Bench compares Rollcall with the least that could do its work: a roll with a
// plain HTTP handler that returns the same bytes, fan-out and memory with a bare
// gorilla server. Both are measured in turn in one run, since machines differ
// and are noisy: the ratio is what counts. It reads /proc, so it runs on Linux.
//
//	go run ./cmd/bench
//	go run ./cmd/bench rolls fanout --rounds 5
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var line commandLine
	command := kong.Parse(&line,
		kong.Name("bench"),
		kong.Description("Measures Rollcall against the least that could do its work, in one run, and prints the ratios."),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100}),
	)
	command.BindTo(ctx, (*context.Context)(nil))
	err := command.Run(streams{in: os.Stdin, out: os.Stdout, progress: os.Stderr})
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// commandLine is all that can be asked of the program. The yardsticks are
// commands of it, so that each has a process of its own.
type commandLine struct {
	Run            RunCmd            `cmd:"" default:"withargs" help:"Run benchmarks and print one table."`
	PlainHTTP      PlainHTTPCmd      `cmd:"" name:"plain-http" hidden:"" help:"The yardstick of rolls."`
	BareWebsockets BareWebsocketsCmd `cmd:"" name:"bare-websockets" hidden:"" help:"The yardstick of fan-out and memory."`
}

// streams are where the program reads and writes.
type streams struct {
	in            io.Reader // of a yardstick: ends with the program that started it
	out, progress io.Writer
}
