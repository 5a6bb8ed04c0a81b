//go:build unix

package faults

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// burnersPerCore is how many processes want each core besides the cluster.
const burnersPerCore = 4

// burn counts, for as long as the process $1 is there.
const burn = `while kill -0 "$1" 2>/dev/null; do i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; done`

// fire keeps this machine busy with processes that do nothing but count.
type fire struct {
	busy    []*exec.Cmd
	started time.Time
}

// kindle starts them. They end with the test, however that ends.
func kindle(t testing.TB) *fire {
	t.Helper()
	f := &fire{started: time.Now()}
	t.Cleanup(func() { f.quench() })
	for range burnersPerCore * runtime.NumCPU() {
		cmd := exec.Command("sh", "-c", burn, "burn", strconv.Itoa(os.Getpid()))
		if err := cmd.Start(); err != nil {
			t.Fatalf("burn: %v", err)
		}
		f.busy = append(f.busy, cmd)
	}
	return f
}

// quench ends them. It returns which part of the machine's time they had.
func (f *fire) quench() (part float64) {
	for _, cmd := range f.busy {
		_ = cmd.Process.Kill() // fails only if it has ended
	}
	available := time.Since(f.started) * time.Duration(runtime.NumCPU())
	var used time.Duration
	for _, cmd := range f.busy {
		_ = cmd.Wait() // it was killed
		used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	f.busy = nil
	return float64(used) / float64(available)
}

func TestFireBurnsUntilItIsQuenched(t *testing.T) {
	f := kindle(t)
	pass(t, time.Second)
	if part := f.quench(); part <= 0 {
		t.Error("busy processes had nothing of this machine")
	}
	if len(f.busy) > 0 {
		t.Error("it still burns")
	}
}
