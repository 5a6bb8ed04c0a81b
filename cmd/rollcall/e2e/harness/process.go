//go:build unix

package harness

import (
	"errors"
	"io"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

const (
	// stopPatience is how long a process may take to stop: what the program
	// promises (10 s).
	stopPatience = 10 * time.Second

	// tailLines is how many lines of each process a failed test shows.
	tailLines = 200
)

// Process is one of the program's processes. Its methods fail the test by
// themselves, and are called from the test's goroutine.
type Process struct {
	t         testing.TB
	name      string
	arguments []string
	under     []string // a command that becomes the program, as prlimit; it keeps the process

	Output *Output // what it has printed, both streams

	cmd    *exec.Cmd      // nil while it does not run
	stdin  io.WriteCloser // its end tells a process that its test is no more
	exited chan struct{}  // closed when cmd has ended
	frozen bool
}

// NewProcess returns a process that does not run yet. When the test ends it is
// stopped, and the test fails if it was not well.
func NewProcess(t testing.TB, name string, arguments ...string) *Process {
	p := newProcess(t, name, arguments...)
	t.Cleanup(func() { stopAll(t, p) })
	return p
}

func newProcess(t testing.TB, name string, arguments ...string) *Process {
	return &Process{t: t, name: name, arguments: arguments, Output: new(Output)}
}

// stopAll ends the processes together, and says what was wrong with them.
func stopAll(t testing.TB, processes ...*Process) {
	for _, p := range processes {
		p.signalStop()
	}
	for _, p := range processes {
		if code := p.awaitStop(); code != 0 {
			t.Errorf("%s ended with exit code %d", p.name, code)
		}
	}
	for _, p := range processes {
		for _, line := range p.Output.faults() {
			t.Errorf("%s: %s", p.name, line)
		}
	}
	if t.Failed() {
		for _, p := range processes {
			t.Logf("the end of the output of %s:\n%s", p.name, p.Output.tail(tailLines))
		}
	}
}

// Start runs the process, also again after it has ended.
func (p *Process) Start() {
	p.t.Helper()
	if p.cmd != nil {
		p.t.Fatalf("%s runs already", p.name)
	}
	cmd, exited := command(p.under, p.arguments...), make(chan struct{})
	cmd.Stdout, cmd.Stderr = p.Output, p.Output
	cmd.WaitDelay = time.Second // a child that outlives it must not hold its output, and the test
	stdin, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatalf("start %s: %v", p.name, err)
	}
	go func() {
		defer close(exited)
		_ = cmd.Wait() // how it ended is in its state
	}()
	p.cmd, p.stdin, p.exited = cmd, stdin, exited
}

// PID returns the id of the running process.
func (p *Process) PID() int {
	p.t.Helper()
	p.mustRun()
	return p.cmd.Process.Pid
}

// Kill ends the process at once, as a crash would, and returns when it is gone.
func (p *Process) Kill() {
	p.t.Helper()
	p.Signal(syscall.SIGKILL)
	<-p.exited
	p.cmd, p.frozen = nil, false
}

// Freeze stops the execution of the process (SIGSTOP): it keeps its connections,
// the kernel takes what comes for it, and nobody gets an answer. It returns when
// the last thread stands still, which takes a busy machine a while.
func (p *Process) Freeze() {
	p.t.Helper()
	p.Signal(syscall.SIGSTOP)
	p.frozen = true
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(p.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil || !status.Stopped():
			p.t.Fatalf("%s was to freeze and has ended: %v, %v", p.name, status, err)
		default:
			return
		}
	}
}

// Thaw ends a Freeze (SIGCONT).
func (p *Process) Thaw() {
	p.t.Helper()
	p.Signal(syscall.SIGCONT)
	p.frozen = false
}

// Terminate asks the process to stop (SIGTERM) and waits until it has. The test
// fails if it does not do so in time, with exit code 0.
func (p *Process) Terminate() {
	p.t.Helper()
	p.mustRun()
	p.signalStop()
	if code := p.awaitStop(); code != 0 {
		p.t.Fatalf("%s was asked to stop and ended with exit code %d", p.name, code)
	}
}

// Exit waits for a process that is expected to end by itself, and returns its
// exit code.
func (p *Process) Exit(within time.Duration) int {
	p.t.Helper()
	p.mustRun()
	if !p.endsWithin(within) {
		p.t.Fatalf("%s has not ended by itself within %v", p.name, within)
	}
	return p.ended()
}

// Signal sends a signal to the running process.
func (p *Process) Signal(s syscall.Signal) {
	p.t.Helper()
	p.mustRun()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("send %v to %s: %v", s, p.name, err)
	}
}

func (p *Process) mustRun() {
	p.t.Helper()
	if p.cmd == nil {
		p.t.Fatalf("%s does not run", p.name)
	}
}

func (p *Process) signalStop() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails only if it has ended, which awaitStop sees
	if p.frozen {
		_ = p.cmd.Process.Signal(syscall.SIGCONT)
		p.frozen = false
	}
}

// awaitStop returns the exit code of a process that was asked to stop. One that
// hangs has to say where (SIGQUIT prints its goroutines).
func (p *Process) awaitStop() int {
	if p.cmd == nil {
		return 0
	}
	for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		if p.endsWithin(stopPatience) {
			break
		}
		p.t.Errorf("%s has not ended within %v: sending %v", p.name, stopPatience, s)
		_ = p.cmd.Process.Signal(s)
	}
	<-p.exited
	return p.ended()
}

// ended returns the exit code of a process that has ended; -1 if a signal did that.
func (p *Process) ended() int {
	code := p.cmd.ProcessState.ExitCode()
	_ = p.stdin.Close()
	p.cmd = nil
	return code
}

func (p *Process) endsWithin(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-timer.C:
		return false
	}
}
