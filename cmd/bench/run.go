package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/rollcall/rollcall/cmd/bench/figures"
	"github.com/rollcall/rollcall/cmd/bench/process"
)

// RunCmd runs benchmarks.
type RunCmd struct {
	What     []string      `arg:"" optional:"" enum:"all,rolls,fanout,polling,memory,connects,tracing,held" default:"all" help:"Which: rolls, fanout, polling, memory, connects, tracing, held or all. [all]"`
	Rollcall string        `placeholder:"FILE" type:"existingfile" help:"The rollcall program to measure. [built from the module in the current folder]"`
	Rounds   int           `default:"3" help:"How often each is measured, in turn; at least 1. [${default}]"`
	Duration time.Duration `default:"1500ms" help:"How long each load lasts in a round. [${default}]"`
	Sockets  int           `default:"1000" help:"Sockets in the room of rolls and fan-out; more than the events in flight, 64. [${default}]"`
	Idle     int           `default:"10000" help:"Idle sockets, for memory and connects. Each process needs as many file descriptors (ulimit -Hn). [${default}]"`
	Rooms    int           `default:"100" help:"Rooms that the idle sockets of memory are in. [${default}]"`
	Settle   time.Duration `default:"11s" help:"How long the idle sockets are left alone before memory is read: longer than the 10s of a heartbeat. [${default}]"`
}

// Validate finds what cannot work, before anything is started.
func (c *RunCmd) Validate() error {
	switch {
	case c.Rounds < 1:
		return errors.New("--rounds must be at least 1")
	case c.Duration < 100*time.Millisecond:
		return errors.New("--duration must be at least 100ms: CPU time is counted in steps of 10ms")
	case c.Sockets <= manyInFlight:
		return fmt.Errorf("--sockets must be more than %d", manyInFlight)
	case c.Rooms < 1 || c.Idle < c.Rooms:
		return errors.New("--rooms must be at least 1, and at most --idle")
	case c.Settle < 0:
		return errors.New("--settle must not be negative")
	}
	return nil
}

// Run prints the table.
func (c *RunCmd) Run(ctx context.Context, std streams) (err error) {
	b := bench{RunCmd: *c, progress: std.progress}
	if b.dir, err = os.MkdirTemp("", "rollcall-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err := b.prepare(ctx); err != nil {
		return err
	}
	defer b.redis.Close()
	var all report
	for _, benchmark := range []struct {
		name string
		run  func(context.Context) (report, error)
	}{{"rolls", b.rolls}, {"fanout", b.fanout}, {"polling", b.polling}, {"memory", b.memory}, {"connects", b.connects}, {"tracing", b.tracing}, {"held", b.held}} {
		if !slices.Contains(c.What, "all") && !slices.Contains(c.What, benchmark.name) {
			continue
		}
		r, err := benchmark.run(ctx)
		switch {
		case ctx.Err() != nil:
			return errors.New("it was interrupted")
		case err != nil:
			return fmt.Errorf("%s: %w", benchmark.name, err)
		}
		all.rows = append(all.rows, r.rows...)
		all.notes = append(all.notes, r.notes...)
	}
	return all.print(std.out, c)
}

// report is what a benchmark found.
type report struct {
	rows  []figures.Row
	notes []string
}

func (r report) print(w io.Writer, c *RunCmd) error {
	_, err := fmt.Fprintf(w, "%d processors, %s, %d rounds of %v; medians, and of the ratios also the least and the greatest\n\n",
		runtime.NumCPU(), runtime.Version(), c.Rounds, c.Duration)
	if err != nil {
		return err
	}
	if err := figures.Print(w, r.rows); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(w)
	for _, note := range r.notes {
		if _, err := fmt.Fprintln(w, note); err != nil {
			return err
		}
	}
	return nil
}

// bench is what the benchmarks have in common.
type bench struct {
	RunCmd
	dir      string // temporary: data and logs
	self     string // this program, which holds the yardsticks
	redis    *miniredis.Miniredis
	progress io.Writer
}

// prepare gets what is measured ready: the program, its user store, its Redis.
// The Redis is in this process, so that its work is not the server's.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.Rollcall == "" {
		b.Rollcall = filepath.Join(b.dir, "rollcall")
		b.say("building rollcall")
		if err := process.Run(ctx, "go", "build", "-o", b.Rollcall, "github.com/rollcall/rollcall/cmd/rollcall"); err != nil {
			return err
		}
	}
	if b.Rollcall, err = filepath.Abs(b.Rollcall); err != nil {
		return err
	}
	if err := process.Run(ctx, b.Rollcall, "db", "migrate", "--seed", "--data", b.dir); err != nil {
		return err
	}
	b.redis, err = miniredis.Run()
	return err
}

func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.progress, format+"\n", args...)
}

// users is how many users the sockets belong to: all those of the fresh store.
const users = 10

// userOf returns the user of the i-th socket.
func userOf(i int) string { return strconv.Itoa(i%users + 1) }

// plural is for what is counted in the names of the rows.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
