//go:build unix

package browser

import (
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// tracer is where an external tracer would show a trace.
const tracer = "https://tracer.example.org/trace/"

// As those of the room page, these tests share a browser and a cluster.
func TestDashboard(t *testing.T) {
	cluster, chrome := harness.Start(t, 4, "--admin-token", adminToken, "--trace", "1", "--tracer-url", tracer+"{trace_id}"), startBrowser(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *harness.Cluster, *browser)
	}{
		{"before anything happened it offers a demo room", dashEmpty},
		{"a token is asked for", dashToken},
		{"until the first answer its places are held", dashLoading},
		{"a node that cannot be asked is an error with its cause", dashFails},
		{"what happens is listed, and filtered by the address", dashFilters},
		{"pause freezes the list and counts what waits", dashPause},
		{"the keyboard is enough", dashKeys},
		{"a click on a node limits the rest to it, and another lifts that", dashNode},
		{"a roll is drawn with a lane for each node", dashWaterfall},
		{"two traces are compared on one scale", dashCompare},
		{"a trace that nobody has is said to be gone", dashNoTrace},
		{"actors are sorted, filtered and inspected", dashActors},
		{"charts show the last minutes, and their tables", dashCharts},
		{"when it is left by a link and comes back it is live", dashGoneAndBack},
		// What follows hurts the cluster, and mends it again.
		{"a silent node is hatched up to the deadline", dashSilent},
		{"without Redis each tile says so", dashWithoutRedis},
		{"a node that is killed is gone", dashGone},
		{"without the asked node everything stays, with its age", dashOffline},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, cluster, chrome) })
	}
}
