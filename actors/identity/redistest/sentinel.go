//go:build unix

package redistest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/rollcall/rollcall/actors/identity/internal/daemon"
)

// StartSentinel runs a Sentinel that looks after a server, alone, under the name
// mymaster. It takes a server for dead that does not answer for a second.
func StartSentinel(t testing.TB, of *Server) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatalf("this test needs redis-server in the PATH (apt install redis-server, brew install redis): %v", err)
	}
	host, masterPort, err := net.SplitHostPort(of.Addr())
	if err != nil {
		t.Fatal(err)
	}
	port, directory := daemon.FreePort(t), t.TempDir()
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	settings := filepath.Join(directory, "sentinel.conf") // which it writes to
	text := fmt.Sprintf("bind 127.0.0.1\nport %d\ndir %s\nsentinel monitor mymaster %s %s 1\n"+
		"sentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 5000\n", port, directory, host, masterPort)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return &Server{addr: addr, Daemon: daemon.Start(t, daemon.Program{
		Command: func() *exec.Cmd { return exec.Command(program, settings, "--sentinel") },
		Ready:   func() error { return ping(addr) },
		Kill:    syscall.SIGKILL,
	})}
}
