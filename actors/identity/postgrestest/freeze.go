//go:build unix

package postgrestest

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Freeze stops the execution of a server that the test started, and returns when
// all its processes stand still: connections stay, the kernel accepts new ones, and
// nobody gets an answer. The server is thawed when the test ends, at the latest.
func (s *Server) Freeze(t testing.TB) {
	t.Helper()
	s.frozen = true
	t.Cleanup(func() {
		if s.frozen {
			s.Thaw(t)
		}
	})
	const patience = 30 * time.Second // machines under load are slow
	deadline := time.Now().Add(patience)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	// The first process starts the others: once it stands still there are no new ones.
	for !s.send(t, syscall.SIGSTOP, isRunning) {
		if time.Now().After(deadline) {
			t.Fatalf("PostgreSQL does not stand still after %v", patience)
		}
		<-again.C
	}
}

// Thaw ends a Freeze.
func (s *Server) Thaw(t testing.TB) {
	t.Helper()
	s.send(t, syscall.SIGCONT, func(process) bool { return true })
	s.frozen = false
}

// send sends a signal to those processes of the server to whom it matters, and
// reports whether there were none.
func (s *Server) send(t testing.TB, signal syscall.Signal, matters func(process) bool) (none bool) {
	t.Helper()
	none = true
	for _, p := range s.processes(t) {
		if !matters(p) {
			continue
		}
		none = false
		if err := syscall.Kill(p.id, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatalf("send %v to PostgreSQL: %v", signal, err)
		}
	}
	return none
}

// process is one of a server's.
type process struct {
	id, parent int
	state      string // as ps shows it
}

// isRunning reports whether the process neither stands still nor is dead.
func isRunning(p process) bool {
	return !strings.HasPrefix(p.state, "T") && !strings.HasPrefix(p.state, "Z")
}

// processes returns the first process of the server and its children, which have no
// further ones. Each child has a process group of its own, so no signal reaches all.
func (s *Server) processes(t testing.TB) (found []process) {
	t.Helper()
	list, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,stat=").Output()
	if err != nil {
		t.Fatalf("list processes: %v", err)
	}
	first := s.PID()
	for line := range strings.Lines(string(list)) {
		var p process
		if _, err := fmt.Sscan(line, &p.id, &p.parent, &p.state); err != nil {
			t.Fatalf("list processes: %q: %v", line, err)
		}
		if p.id == first || p.parent == first {
			found = append(found, p)
		}
	}
	return found
}
