// Package process runs the programs that are measured, each in a process of its
// own, and reads what they cost.
package process

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// grace is how long a child may take to end before it is killed.
const grace = 8 * time.Second

// Child is a running program.
type Child struct {
	name   string
	cmd    *exec.Cmd
	log    string
	stdin  io.Closer
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // why it ended; after ended
}

// Start starts a program that may use so many processors; what it prints goes to a
// file in dir. It runs until Stop, or until ctx is done. Its standard input ends
// with this process, however that ends.
func Start(ctx context.Context, dir, name string, processors int, program string, args ...string) (*Child, error) {
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer log.Close()
	ctx, cancel := context.WithCancel(ctx)
	c := &Child{name: name, log: log.Name(), cancel: cancel, ended: make(chan struct{})}
	c.cmd = exec.CommandContext(ctx, program, args...)
	c.cmd.Env = append(withoutSettings(os.Environ()), "GOMAXPROCS="+strconv.Itoa(processors))
	c.cmd.Stdout, c.cmd.Stderr = log, log
	c.cmd.Cancel = func() error { return c.cmd.Process.Signal(syscall.SIGTERM) }
	c.cmd.WaitDelay = grace
	if c.stdin, err = c.cmd.StdinPipe(); err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		defer close(c.ended)
		c.err = c.cmd.Wait()
	}()
	return c, nil
}

// PID returns the process id.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Failed returns an error, with the end of its log, if the program has ended.
func (c *Child) Failed() error {
	select {
	case <-c.ended:
		if c.err != nil {
			return fmt.Errorf("%s ended: %w; it printed:\n%s", c.name, c.err, c.tail())
		}
		return fmt.Errorf("%s ended; it printed:\n%s", c.name, c.tail())
	default:
		return nil
	}
}

// tail returns the last lines that the program printed.
func (c *Child) tail() string {
	const most = 2000
	text, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	return strings.ToValidUTF8(string(text[max(0, len(text)-most):]), "")
}

// Stop ends the program, and returns when it has ended.
func (c *Child) Stop() {
	c.cancel()
	<-c.ended
	_ = c.stdin.Close()
}

// withoutSettings drops what would configure a server behind our back.
func withoutSettings(environment []string) []string {
	var kept []string
	for _, entry := range environment {
		name, _, _ := strings.Cut(entry, "=")
		switch {
		case strings.HasPrefix(name, "ROLLCALL_"), name == "PORT", name == "REDIS_URL", name == "DATABASE_URL":
		default:
			kept = append(kept, entry)
		}
	}
	return kept
}
