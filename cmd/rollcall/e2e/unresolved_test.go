//go:build unix

package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// A name to join that does not resolve stands for nodes that nobody sees: the roll
// says so. The node takes clients: it may be the first of its cluster.
func TestANameThatDoesNotResolveIsNamedAsLost(t *testing.T) {
	t.Parallel()
	const name = "rollcall.invalid:7011" // RFC 6761: never is there one
	data := t.TempDir()
	harness.MakeStore(t, "--data", data)
	node := harness.NewNode(t, "node-1", harness.LocalPlaces(t, 1)[0], "--data", data, "--join", name)
	node.Start()
	if r := mustBecome(t, node, http.StatusOK); !slices.Equal(r.Lost, []string{name}) {
		t.Errorf("/readyz names %v as lost", r.Lost)
	}
	answer, err := node.Do(http.MethodGet, "/r/users", "")
	if err != nil || answer.Header.Get("Rollcall-Lost") != name {
		t.Errorf("the roll: %v, %v", answer.Header, err)
	}
	if log := node.Output.String(); strings.Count(log, "cannot be resolved") != 1 || !strings.Contains(log, name) {
		t.Errorf("the log says\n%s", log)
	}
}
