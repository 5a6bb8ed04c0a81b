package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// Linux has a whole network of addresses for itself, so that there can be several
// clients.
func TestClientsAreCountedByThePROXYProtocol(t *testing.T) {
	t.Parallel()
	p := startProxied(t, "--max-per-address", "1")
	for _, client := range []string{"127.0.0.2", "127.0.0.3"} {
		taken := 0
		for range 6 {
			if opens(t, p.Announced, "", client) == http.StatusSwitchingProtocols {
				taken++
			}
		}
		if taken != len(p.Nodes) {
			t.Errorf("%s: %d are taken", client, taken)
		}
	}
	// What the log calls remote is the client.
	for _, n := range p.Nodes {
		if opens(t, p.Announced, "", "127.0.0.4", "Origin: https://stranger.example"); strings.Contains(n.Output.String(), "remote=127.0.0.4:") {
			return
		}
	}
	t.Error("no log names the client")
}
