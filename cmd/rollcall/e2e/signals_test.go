//go:build unix

package e2e

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// A terminal that is closed sends SIGHUP, by the kernel and by the shell.
func TestAClosedTerminalStopsANodeAsItShould(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 2), clients.Start(t)
	victim := cluster.Nodes[1]
	attend(t, agent, victim, clients.V48, "Maths", "1")
	victim.Signal(syscall.SIGHUP)
	harness.Eventually(t, harness.Patience, func() error {
		if !strings.Contains(victim.Output.String(), "sending clients away") {
			return errors.New("it drains nobody")
		}
		return nil
	})
	_ = syscall.Kill(victim.PID(), syscall.SIGHUP) // it may be gone by now
	if code := victim.Exit(harness.Patience); code != 0 {
		t.Errorf("ended with exit code %d", code)
	}
	harness.AwaitMembers(t, cluster.Nodes[0]) // it said goodbye, and is not missed
}

func TestAClosedTerminalStopsALocalCluster(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.StartLocal(t, 2), clients.Start(t)
	client := attend(t, agent, cluster.Nodes[0], clients.V48, "Maths", "1")
	children := cluster.Children(t)
	cluster.Signal(syscall.SIGHUP)
	client.AwaitKind(t, harness.Patience, clients.Disconnected)
	_ = syscall.Kill(cluster.PID(), syscall.SIGHUP)
	if code := cluster.Exit(harness.Patience); code != 0 {
		t.Errorf("ended with exit code %d", code)
	}
	for name, pid := range children {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
	if said := cluster.Output.String(); strings.Count(said, "sending clients away") != 2 || !strings.Contains(said, "all nodes have stopped") {
		t.Errorf("it did not drain:\n%s", said)
	}
}

// What nohup starts outlives its terminal.
func TestNohupIsHeeded(t *testing.T) {
	t.Parallel()
	place := harness.LocalPlaces(t, 1)[0]
	place.Under = []string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`}
	data := t.TempDir()
	harness.MakeStore(t, "--data", data)
	node := harness.NewNode(t, "node-1", place, "--data", data)
	node.Start()
	harness.AwaitMembers(t, node)
	node.Signal(syscall.SIGHUP)
	harness.AwaitMembers(t, node)
	node.Signal(syscall.SIGTERM)
	if code := node.Exit(harness.Patience); code != 0 {
		t.Errorf("ended with exit code %d", code)
	}
}

// Whoever reads the log, as tee, may end first: by the same Ctrl-C.
func TestANodeWhoseLogNobodyReadsStopsAsItShould(t *testing.T) {
	t.Parallel()
	place := harness.LocalPlaces(t, 2)
	place[1].Under = []string{"bash", "-c", `exec "$0" "$@" > >(head -n 1) 2>&1`}
	cluster := harness.StartSetup(t, harness.Setup{Places: place, Flags: []string{"--log-level", "debug"}})
	victim := cluster.Nodes[1]
	for i := range 5 { // which is logged, to nobody
		if _, err := victim.Rename("1", fmt.Sprint("Name ", i)); err != nil {
			t.Fatal(err)
		}
	}
	victim.Signal(syscall.SIGTERM)
	if code := victim.Exit(harness.Patience); code != 0 {
		t.Errorf("ended with exit code %d", code)
	}
	harness.AwaitMembers(t, cluster.Nodes[0]) // it said goodbye
}
