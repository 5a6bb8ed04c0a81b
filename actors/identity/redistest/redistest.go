//go:build unix

// Package redistest starts a real redis-server for a test: on a free port,
// without files, gone when the test ends. It can be stopped, started again on
// the same port, and frozen. Tests fail, and are not skipped, without the program.
package redistest

import (
	"bufio"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/identity/internal/daemon"
)

// Server is a Redis server: see [daemon.Daemon] for Stop, Start, Freeze, Thaw.
type Server struct {
	*daemon.Daemon
	addr string
}

// Start runs a server with further arguments of redis-server, for example
// "--requirepass", "secret".
func Start(t testing.TB, arguments ...string) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatalf("this test needs redis-server in the PATH (apt install redis-server, brew install redis): %v", err)
	}
	port, directory := daemon.FreePort(t), t.TempDir()
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	command := func() *exec.Cmd {
		return exec.Command(program, append([]string{
			"--bind", "127.0.0.1", "--port", strconv.Itoa(port),
			"--save", "", "--appendonly", "no", "--dir", directory,
		}, arguments...)...)
	}
	ready := func() error { return ping(addr) }
	return &Server{Daemon: daemon.Start(t, daemon.Program{Command: command, Ready: ready, Kill: syscall.SIGKILL}), addr: addr}
}

// Addr returns host:port, the same for the server's whole life.
func (s *Server) Addr() string { return s.addr }

// URL returns the server's URL, without a password.
func (s *Server) URL() string { return "redis://" + s.addr }

// ping asks for any answer of a server that has loaded: a refusal for want of a
// password is one too.
func ping(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := fmt.Fprint(conn, "PING\r\n"); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(answer, "+PONG") && !strings.HasPrefix(answer, "-NOAUTH") {
		return fmt.Errorf("answer to PING: %s", strings.TrimSpace(answer))
	}
	return nil
}
