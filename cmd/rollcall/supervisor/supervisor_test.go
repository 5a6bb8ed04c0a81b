package supervisor

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// supervised starts Run, and returns a function that stops it and returns what
// it returned.
func supervised(t *testing.T, config Config) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- Run(ctx, config) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-result
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestCrashingNodeIsStartedAgainAtGrowingPauses(t *testing.T) {
	children := newNursery(t)
	var log bytes.Buffer
	stop := supervised(t, Config{
		Program: os.Args[0],
		Env:     children.env,
		Nodes:   []Node{silentNode("crash")},
		Restart: Restart{First: 5 * time.Millisecond, Most: 20 * time.Millisecond, Well: time.Hour},
		Log:     slog.New(slog.NewTextHandler(&log, nil)),
	})
	for range 5 {
		children.next(t).awaitEnd(t)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	var pauses []string
	for _, match := range regexp.MustCompile(`pause=(\S+)`).FindAllStringSubmatch(log.String(), 4) {
		pauses = append(pauses, match[1])
	}
	if want := []string{"5ms", "10ms", "20ms", "20ms"}; !slices.Equal(pauses, want) {
		t.Errorf("pauses %v, want %v", pauses, want)
	}
	if !strings.Contains(log.String(), `how="exit status 1"`) {
		t.Errorf("the log does not say how the node ended: %s", log.String())
	}
}

func TestOnlyTheKilledNodeIsStartedAgain(t *testing.T) {
	children := newNursery(t)
	supervised(t, Config{
		Program: os.Args[0],
		Env:     children.env,
		Nodes:   []Node{silentNode("wait"), silentNode("wait")},
		Restart: Restart{First: time.Millisecond, Most: time.Millisecond, Well: time.Hour},
		Log:     quiet(),
	})
	killed, other := children.next(t), children.next(t)
	if err := syscall.Kill(killed.pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	killed.awaitEnd(t)
	again := children.next(t)
	if again.pid == killed.pid || again.pid == other.pid {
		t.Errorf("process %d is not new", again.pid)
	}
	if err := syscall.Kill(other.pid, 0); err != nil {
		t.Errorf("the other node is gone: %v", err)
	}
}

func TestStopLetsNodesEndByThemselves(t *testing.T) {
	children := newNursery(t)
	var output bytes.Buffer
	merge := NewMerge([]string{"node-1"}, Sink{Writer: &output})
	stop := supervised(t, Config{
		Program: os.Args[0],
		Env:     children.env,
		Nodes:   []Node{{Name: "node-1", Args: []string{"wait"}, Output: merge.Source("node-1", 0)}},
		Log:     quiet(),
	})
	node := children.next(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	node.awaitEnd(t)
	if got, want := output.String(), "node-1 | up\nnode-1 | bye\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
}

func TestNodeThatDoesNotStopIsKilled(t *testing.T) {
	children := newNursery(t)
	stop := supervised(t, Config{
		Program: os.Args[0],
		Env:     children.env,
		Nodes:   []Node{silentNode("stubborn"), silentNode("wait")},
		Grace:   50 * time.Millisecond,
		Log:     quiet(),
	})
	nodes := []life{children.next(t), children.next(t)}
	began := time.Now()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	for _, node := range nodes {
		node.awaitEnd(t)
	}
}

func TestFrozenNodeIsKilled(t *testing.T) {
	children := newNursery(t)
	stop := supervised(t, Config{
		Program: os.Args[0],
		Env:     children.env,
		Nodes:   []Node{silentNode("wait")},
		Grace:   50 * time.Millisecond,
		Log:     quiet(),
	})
	node := children.next(t)
	if err := syscall.Kill(node.pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	node.awaitEnd(t)
}

func TestKilledSupervisorLeavesNoNode(t *testing.T) {
	children := newNursery(t)
	cmd := exec.Command(os.Args[0], "supervise")
	cmd.Env = children.env
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	nodes := []life{children.next(t), children.next(t)}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // reports the kill
	for _, node := range nodes {
		node.awaitEnd(t)
	}
}

func TestOrphanNoticesTheEndOfItsInput(t *testing.T) {
	children := newNursery(t)
	cmd := exec.Command(os.Args[0], "watch stdin")
	cmd.Env = children.env
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	node := children.next(t)
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	node.awaitEnd(t)
	if err := cmd.Wait(); err != nil {
		t.Errorf("the orphan ended badly: %v", err)
	}
}

func TestMissingProgramEndsTheSupervisor(t *testing.T) {
	err := Run(t.Context(), Config{
		Program: filepath.Join(t.TempDir(), "rollcall"),
		Nodes:   []Node{silentNode("wait")},
		Log:     quiet(),
	})
	if err == nil || !strings.Contains(err.Error(), "start node:") {
		t.Errorf("Run = %v", err)
	}
}
