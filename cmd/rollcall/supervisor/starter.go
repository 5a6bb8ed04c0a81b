package supervisor

import (
	"os/exec"
	"runtime"
)

// starter starts every child from one operating system thread, which lives
// until close. Linux sends the parent death signal (see attributes) when the
// thread that started the child ends, not when the process does, and Go ends
// and reuses threads as it likes.
type starter struct {
	requests chan startRequest
	done     chan struct{}
}

type startRequest struct {
	cmd    *exec.Cmd
	result chan<- error
}

func newStarter() *starter {
	s := &starter{requests: make(chan startRequest), done: make(chan struct{})}
	go s.run()
	return s
}

func (s *starter) run() {
	defer close(s.done)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for request := range s.requests {
		request.result <- request.cmd.Start()
	}
}

func (s *starter) start(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	s.requests <- startRequest{cmd, result}
	return <-result
}

// close must follow the end of every child.
func (s *starter) close() {
	close(s.requests)
	<-s.done
}
