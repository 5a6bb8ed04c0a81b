//go:build unix

package harness

import (
	"os"
	"testing"
)

// Run runs a command of the program on the user store of the cluster, which must
// succeed, and returns what it printed.
func (c *Cluster) Run(t testing.TB, arguments ...string) string {
	t.Helper()
	run := command(nil, append(arguments, "--data", c.data)...)
	run.Env = append(os.Environ(), "ROLLCALL_CLUSTER_KEY="+ClusterKey)
	output, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("rollcall %q: %v\n%s", arguments, err, output)
	}
	return string(output)
}
