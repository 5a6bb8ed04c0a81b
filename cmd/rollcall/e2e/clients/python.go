//go:build unix

package clients

import (
	"os/exec"
	"testing"
)

// StartPython runs an agent with clients of python-socketio until the test ends.
// Their version is [Python].
func StartPython(t testing.TB) *Agent {
	t.Helper()
	// Debian's packages are seen by its own interpreter only, which need not be the
	// first on the path.
	for _, interpreter := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(interpreter, "-c", "import socketio, aiohttp").Run() == nil {
			return run(t, interpreter, "agent.py")
		}
	}
	t.Fatal("no Python with python-socketio was found: run task setup:tools, or pip install \"python-socketio[asyncio_client]\"")
	return nil
}
