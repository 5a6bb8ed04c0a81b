//go:build unix

// Package daemon runs a server program for tests that need the real thing: one
// that can be killed, started again on the same port, and frozen.
package daemon

import (
	"bytes"
	"net"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Program says how a server is run.
type Program struct {
	Command func() *exec.Cmd // makes the command for each start
	Ready   func() error     // returns nil once the server answers
	Kill    syscall.Signal   // ends it at once, as a crash would
}

// Daemon is a server program that runs for a test. Its methods fail the test by themselves, and
// must be called from the test's goroutine.
type Daemon struct {
	t       testing.TB
	program Program

	process *exec.Cmd     // nil while stopped
	exited  chan struct{} // closed when process has ended
	output  *output
}

// Start runs the program until the test ends, and returns when it is ready.
func Start(t testing.TB, program Program) *Daemon {
	t.Helper()
	d := &Daemon{t: t, program: program}
	t.Cleanup(d.Stop)
	d.Start()
	return d
}

// Start runs the program again after a Stop, and waits until it is ready.
func (d *Daemon) Start() {
	d.t.Helper()
	if d.process != nil {
		d.t.Fatal("the server is running already")
	}
	process, exited := d.program.Command(), make(chan struct{})
	d.output = new(output)
	process.Stdout, process.Stderr = d.output, d.output
	if err := process.Start(); err != nil {
		d.t.Fatalf("start %s: %v", process.Path, err)
	}
	go func() {
		defer close(exited)
		_ = process.Wait() // killed on purpose; how it ended says nothing
	}()
	d.process, d.exited = process, exited
	d.awaitReady()
}

// Stop kills the program and waits until it has ended.
func (d *Daemon) Stop() {
	if d.process == nil {
		return
	}
	_ = d.process.Process.Signal(d.program.Kill) // fails only if it is gone
	<-d.exited
	d.process = nil
}

// Freeze stops the program's execution: it holds its connections, the kernel
// accepts new ones for it, and nobody gets an answer.
func (d *Daemon) Freeze() { d.signal(syscall.SIGSTOP) }

// Thaw ends a Freeze.
func (d *Daemon) Thaw() { d.signal(syscall.SIGCONT) }

// PID returns the id of the running program's process.
func (d *Daemon) PID() int {
	d.t.Helper()
	d.mustRun()
	return d.process.Process.Pid
}

func (d *Daemon) mustRun() {
	d.t.Helper()
	if d.process == nil {
		d.t.Fatal("the server is not running")
	}
}

func (d *Daemon) signal(s syscall.Signal) {
	d.t.Helper()
	d.mustRun()
	if err := d.process.Process.Signal(s); err != nil {
		d.t.Fatalf("%v: %v", s, err)
	}
}

func (d *Daemon) awaitReady() {
	d.t.Helper()
	const patience = 30 * time.Second // machines under load are slow
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := d.program.Ready()
		if err == nil {
			return
		}
		select {
		case <-d.exited:
			d.t.Fatalf("%s ended by itself:\n%s", d.process.Path, d.output)
		case <-deadline.C:
			d.t.Fatalf("%s is not ready after %v: %v\n%s", d.process.Path, patience, err, d.output)
		case <-again.C:
		}
	}
}

// FreePort returns a TCP port of 127.0.0.1 that was free a moment ago.
func FreePort(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// output keeps what the program printed, to be shown when it does not start.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
