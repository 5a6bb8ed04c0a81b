// Package supervisor keeps the nodes of a local cluster running: it starts each
// as a child process, restarts those that end, and leaves none behind.
//
// What must stay true, however the supervisor itself ends:
//   - asked to stop, it returns only when every child is gone, within
//     [Config.Grace] and a moment;
//   - killed, its children go too: on Linux the kernel kills them, and
//     everywhere their standard input reaches its end, which they watch.
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// DefaultGrace is how long a child may take to end after SIGTERM.
const DefaultGrace = 8 * time.Second

// Node is one child to keep running.
type Node struct {
	Name   string   // as it is called in logs
	Args   []string // what follows the program's name
	Output *Source  // takes what the child prints, both streams
}

// Config says what to run, and how.
type Config struct {
	Program string        // path of the executable, the same for all nodes
	Env     []string      // the whole environment of each node, as KEY=value
	Nodes   []Node        // started at once, in any order
	Restart Restart       // zero is [DefaultRestart]
	Grace   time.Duration // 0 is [DefaultGrace]
	Log     *slog.Logger  // told of each end and each restart
}

// Run starts all nodes and keeps them running until ctx is done; then it stops
// them and returns nil. If one cannot be started at all, Run stops the others
// and returns the error.
func Run(ctx context.Context, config Config) error {
	if config.Restart == (Restart{}) {
		config.Restart = DefaultRestart()
	}
	if config.Grace == 0 {
		config.Grace = DefaultGrace
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	starts := newStarter()
	defer starts.close()
	failed := make([]error, len(config.Nodes))
	var keepers sync.WaitGroup
	for i, node := range config.Nodes {
		keepers.Go(func() {
			k := keeper{node: node, config: config, starts: starts, log: config.Log.With("node", node.Name)}
			if failed[i] = k.keep(ctx); failed[i] != nil {
				cancel()
			}
		})
	}
	keepers.Wait()
	return errors.Join(failed...)
}

// keeper keeps one node running.
type keeper struct {
	node   Node
	config Config
	starts *starter
	log    *slog.Logger
}

// keep returns nil when ctx is done and the node gone. Its error says why the
// first start failed: later ones are tried again, as when the program is being
// replaced.
func (k keeper) keep(ctx context.Context) error {
	restart := k.config.Restart
	for first := true; ; first = false {
		began := time.Now()
		ended, err := k.run(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first:
			return fmt.Errorf("start %s: %w", k.node.Name, err)
		case err != nil:
			ended = err.Error()
		}
		ran := time.Since(began)
		pause := restart.After(ran)
		k.log.Warn("node ended; starting it again",
			"how", ended, "ran", ran.Round(time.Millisecond), "pause", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// run lives as long as one child, and says how it ended. An error means that
// the child was not started.
func (k keeper) run(ctx context.Context) (ended string, err error) {
	cmd := exec.CommandContext(ctx, k.config.Program, k.node.Args...)
	cmd.Env = k.config.Env
	cmd.Stdout, cmd.Stderr = k.node.Output, k.node.Output
	cmd.SysProcAttr = attributes()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = k.config.Grace // then SIGKILL
	// The pipe is never written to. It ends when this process does.
	if _, err := cmd.StdinPipe(); err != nil {
		return "", err
	}
	if err := k.starts.start(cmd); err != nil {
		return "", err
	}
	k.log.Debug("node started", "pid", cmd.Process.Pid)
	err = cmd.Wait() // repeats what the state says, or that the grace is over
	k.node.Output.flush()
	if ctx.Err() != nil && wasKilled(cmd.ProcessState) {
		k.log.Warn("node did not stop in time and was killed", "grace", k.config.Grace)
	}
	if cmd.ProcessState == nil {
		return err.Error(), nil
	}
	return cmd.ProcessState.String(), nil
}

func wasKilled(state *os.ProcessState) bool {
	if state == nil {
		return false
	}
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
