//go:build unix

package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// That nodes have different user stores is said where an operator looks, with what to do
// about it, until it was done.
func TestTheDashboardNamesNodesWithAnotherStore(t *testing.T) {
	data, copied := t.TempDir(), filepath.Join(t.TempDir(), "copied.db")
	harness.MakeStore(t, "--data", data)
	store, err := os.ReadFile(filepath.Join(data, "rollcall.db"))
	if err != nil {
		t.Fatal(err)
	}
	give := func() {
		t.Helper()
		if err := os.WriteFile(copied, store, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	give()
	places := harness.LocalPlaces(t, 2)
	places[1].Flags = []string{"--database-url", "sqlite://" + copied}
	cluster := harness.StartSetup(t, harness.Setup{Places: places, Data: data, Flags: []string{"--admin-token", adminToken}})
	for _, n := range cluster.Nodes {
		n.Output.Pardon("other members have another user store")
	}
	chrome := startBrowser(t)
	first := chrome.watch(t, cluster, cluster.Nodes[0], "?tables=nodes")
	second := chrome.watch(t, cluster, cluster.Nodes[1], "")
	first.saysOfStores(t, "", "")

	// A copy is the same store, until it begins anew.
	reset := harness.NewProcess(t, "rollcall db reset", "db", "reset", "--yes", "--seed", "--database-url", "sqlite://"+copied)
	reset.Start()
	if code := reset.Exit(harness.Patience); code != 0 {
		t.Fatalf("db reset ends with %d: %s", code, reset.Output)
	}
	first.saysOfStores(t, "node-2 has another user store than node-1.", "node-2")
	second.saysOfStores(t, "node-1 has another user store than node-2.", "node-1")
	first.looksWell(t, "dash-stores")

	wrong := cluster.Nodes[1]
	wrong.Terminate()
	give()
	wrong.Start()
	harness.AwaitMembers(t, cluster.Nodes...)
	first.saysOfStores(t, "", "")
	second.saysOfStores(t, "", "")
	second.complaints.forget() // of the browser, about its node
}

// saysOfStores waits until the dashboard says that, or nothing, and marks the tile and the
// row of that node alone.
func (p *page) saysOfStores(t *testing.T, words, node string) {
	t.Helper()
	const mark = "another user store"
	p.awaitsDash(t, func(seen dashView) error {
		said := seen.Notices["stores"]
		if !strings.HasPrefix(said, words) || (words == "") != (said == "") || (words != "") != strings.Contains(said, "--database-url") {
			return fmt.Errorf("says %q", said)
		}
		marked, err := run(p, chromedp.Evaluate[[]string](fmt.Sprintf(`[...document.querySelectorAll('[data-testid^="tile-"], [data-testid="table-nodes"] tbody tr')]
			.filter((one) => one.textContent.includes(%q)).map((one) => one.querySelector('h3, th').textContent.trim())`, mark)))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(marked, func(name string) bool { return name != node }) || (len(marked) == 0) != (node == "") {
			return fmt.Errorf("marks %q, not %q", marked, node)
		}
		return nil
	})
}
