//go:build unix

// Package clients connects official Socket.IO clients of every generation, and that
// of Python. They run in a Node process (agent.mjs), or a Python one (agent.py), that
// does what the tests tell it, and reports what its clients see.
package clients

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// Agent is a process with any number of clients.
type Agent struct {
	t      testing.TB
	stdin  io.WriteCloser
	exited chan struct{}

	mu      sync.Mutex
	clients map[int]*Client
}

// Start runs an agent with the official clients until the test ends. The test fails
// if the agent does.
func Start(t testing.TB) *Agent {
	t.Helper()
	return run(t, "node", "agent.mjs")
}

// run starts an agent: a program of this folder.
func run(t testing.TB, interpreter, program string) *Agent {
	t.Helper()
	cmd := exec.Command(interpreter, program)
	cmd.Dir = folder()
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s, see setup:tools in Taskfile.yml: %v", interpreter, err)
	}
	a := &Agent{t: t, stdin: stdin, exited: make(chan struct{}), clients: make(map[int]*Client)}
	var failed error
	go func() {
		defer close(a.exited)
		failed = a.read(stdout)
		if err := cmd.Wait(); failed == nil {
			failed = err
		}
	}()
	t.Cleanup(func() {
		_ = stdin.Close() // the agent ends
		<-a.exited
		if failed != nil {
			t.Errorf("%s failed: %v", program, failed)
		}
	})
	return a
}

// read takes what the agent reports, until it ends.
func (a *Agent) read(stdout io.Reader) error {
	reader := bufio.NewReader(stdout)
	for {
		line, err := reader.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var r struct {
			Client int `json:"client"`
			Report
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		r.At = time.Now()
		a.client(r.Client).heard(r.Report)
	}
}

func (a *Agent) client(number int) *Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.clients[number]
}

// command tells the agent what to do.
func (a *Agent) command(what map[string]any) {
	a.t.Helper()
	line, err := json.Marshal(what)
	if err != nil {
		a.t.Fatal(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.stdin.Write(append(line, '\n')); err != nil {
		a.t.Fatalf("the clients' process takes no more commands: %v", err)
	}
}
