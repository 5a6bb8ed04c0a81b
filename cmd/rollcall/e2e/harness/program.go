//go:build unix

// Package harness runs the real program as the processes of a cluster, for the
// end-to-end tests: nodes that can be killed, frozen and started again, one user
// store and one real Redis for them, their logs, and their rolls.
//
// Whatever a test does, at its end every process is asked to stop, and the test
// fails if one does not end cleanly, had a data race, or logged an error.
package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// ProgramVariable names the environment variable that says which binary is tested.
const ProgramVariable = "ROLLCALL_E2E_PROGRAM"

// useProgram makes the binary that the tests of this process start: the one that
// ROLLCALL_E2E_PROGRAM names, or one that it builds into directory, with the
// race detector if the tests themselves have it.
func useProgram(ctx context.Context, directory string) error {
	if os.Getenv(ProgramVariable) != "" {
		return nil
	}
	program := filepath.Join(directory, "rollcall")
	arguments := []string{"build", "-o", program}
	if raceEnabled {
		arguments = append(arguments, "-race")
	}
	build := exec.CommandContext(ctx, "go", append(arguments, "github.com/rollcall/rollcall/cmd/rollcall")...)
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w\n%s", err, output)
	}
	return os.Setenv(ProgramVariable, program)
}

// CollectorVariable is the environment variable in which a test names a collector
// of traces for the programs that it starts.
const CollectorVariable = "ROLLCALL_TEST_COLLECTOR"

// command returns a run of the program in an environment that holds nothing of
// what the developer's own may have set for it. A command that under names runs it.
func command(under []string, arguments ...string) *exec.Cmd {
	words := append(append(slices.Clone(under), os.Getenv(ProgramVariable)), arguments...)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = []string{"NO_COLOR=1"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		cmd.Env = append(cmd.Env, name+"="+os.Getenv(name))
	}
	if collector := os.Getenv(CollectorVariable); collector != "" {
		cmd.Env = append(cmd.Env, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector)
	}
	return cmd
}
