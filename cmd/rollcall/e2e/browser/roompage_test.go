//go:build unix

package browser

import (
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// roomToken opens the traces of these tests' cluster.
const roomToken = "a secret for the room page"

// A browser takes seconds to start, and so does a cluster: these tests share one of
// each, every test in a room of its own.
func TestRoomPage(t *testing.T) {
	// It traces nothing but what a page asks to be traced.
	cluster, chrome := harness.Start(t, 4, "--trace", "1", "--admin-token", roomToken), startBrowser(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *harness.Cluster, *browser)
	}{
		{"an unknown user is told why and can come in as another", unknownUser},
		{"the root leads into a room as one of the users", theRoot},
		{"with ?choose the root lets people choose", choosing},
		{"who opens a link without a user is asked who they are", whoAreYou},
		{"an address that names no room is refused", noRoom},
		{"the page allows itself only its own files", policy},
		{"the chosen colours stay", colours},
		{"who is alone is told how to change that", aloneInARoom},
		{"until the roll has come its place is held", loading},
		{"a roll that cannot be called is an error with its cause", rollFails},
		{"a lively room is grouped by user", lively},
		{"what happens is told, and a reload is nothing", happenings},
		{"a page that is left by a link is gone at once, and back with it", goneAndBack},
		{"a page that is frozen is gone at once, and back when it thaws", frozen},
		{"two pages on two nodes see each other come, rename and go", twoPages},
		{"who is closed by a backend can come in again", closedByBackend},
		{"a name that was changed elsewhere is not overwritten unseen", conflict},
		{"the foot leads to the trace of this very roll", trace},
		{"a room of two thousand is as quick as any", crowd},
		// What follows hurts the cluster, and mends it again.
		{"without Redis names still change", withoutRedis},
		{"a node is killed and comes back", nodeKilled},
		{"a silent node is named until it answers", nodeSilent},
		{"without a connection the page stands still, and an edit waits", offline},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, cluster, chrome) })
	}
}
