//go:build unix

package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// adminToken opens the dashboard of the clusters of these tests.
const adminToken = "a token for the tests only"

// dashView is what the dashboard shows, at one moment.
type dashView struct {
	State   string            `json:"state"`   // the word in the pill
	Search  string            `json:"search"`  // the query of its address
	Focus   string            `json:"focus"`   // what has the focus: a test id, or else an id
	Notices map[string]string `json:"notices"` // by name
	Tiles   map[string]string `json:"tiles"`   // the status of each node
	Chosen  string            `json:"chosen"`  // the node that all below is limited to
	Pause   string            `json:"pause"`   // the words of the button
	Traces  []dashTrace       `json:"traces"`  // that are listed, in the order of the page
	Detail  string            `json:"detail"`  // of the open trace
	Lanes   []string          `json:"lanes"`   // "node-2 answered", of all drawings together
	Spans   []string          `json:"spans"`   // their messages
	Panel   string            `json:"panel"`   // of the chosen span
}

// dashTrace is one trace in the list.
type dashTrace struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Outcome string `json:"outcome"`
	Text    string `json:"text"`
}

// dashLook is evaluated in the page, and gives a dashView.
const dashLook = `(() => {
	const find = (id) => [...document.querySelectorAll('[data-testid' + id + ']')];
	const words = (element) => element?.textContent.replace(/\s+/g, ' ').trim() ?? '';
	const text = (id) => words(find('="' + id + '"')[0]);
	const focus = document.activeElement;
	return {
		state: text('state'),
		search: location.search,
		focus: focus?.dataset.testid ?? focus?.id ?? '',
		notices: Object.fromEntries(find('^="notice-"').map((one) => [one.dataset.testid.slice('notice-'.length), words(one)])),
		tiles: Object.fromEntries(find('^="tile-"').map((one) => [one.dataset.testid.slice('tile-'.length), one.dataset.status])),
		chosen: words(document.querySelector('[data-testid^="tile-"] [aria-current]')),
		pause: text('pause'),
		traces: find('="trace"').map((one) => ({ id: one.dataset.trace, kind: one.dataset.kind, outcome: one.dataset.outcome, text: words(one) })),
		detail: text('trace-title') || text('trace-fault'),
		lanes: find('="lane"').map((one) => one.dataset.node + ' ' + one.dataset.state),
		spans: find('="span"').map((one) => one.dataset.name),
		panel: text('span-panel'),
	};
})()`

// awaitsDash waits until the dashboard shows what it must, and returns that view
// of it. fault says what is wrong with a view, in words that follow the address.
func (p *page) awaitsDash(t *testing.T, fault func(dashView) error) dashView {
	t.Helper()
	var seen dashView
	harness.Eventually(t, harness.Patience, func() (err error) {
		if seen, err = run(p, chromedp.Evaluate[dashView](dashLook)); err != nil {
			return err
		}
		if err := fault(seen); err != nil {
			return fmt.Errorf("%s %w", p.address, err)
		}
		return nil
	})
	return seen
}

// watch opens the dashboard of a node for somebody who has its token, with the
// query of an address, and waits until it is live and shows a tile for each node.
func (b *browser) watch(t *testing.T, cluster *harness.Cluster, node *harness.Node, query string) *page {
	t.Helper()
	has := call(cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{
		Source: fmt.Sprintf("sessionStorage.setItem('rollcall-admin-token', %q)", adminToken),
	})
	p := b.open(t, node.URL("/dash"+query), has, chromedp.EmulateViewport(1280, 800))
	p.awaitsDash(t, func(seen dashView) error {
		if seen.State != "Live" {
			return fmt.Errorf("says %q", seen.State)
		}
		for _, n := range cluster.Nodes {
			if seen.Tiles[n.Name] != "up" {
				return fmt.Errorf("shows %v", seen.Tiles)
			}
		}
		return nil
	})
	return p
}

// awaitsTrace waits until the list has a trace of a kind whose line contains some
// words, and returns it.
func (p *page) awaitsTrace(t *testing.T, kind string, words ...string) (found dashTrace) {
	t.Helper()
	p.awaitsDash(t, func(seen dashView) error {
		at := slices.IndexFunc(seen.Traces, func(one dashTrace) bool {
			return one.Kind == kind && !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(one.Text, word) })
		})
		if at < 0 {
			return fmt.Errorf("lists no %s with %q: %+v", kind, words, seen.Traces)
		}
		found = seen.Traces[at]
		return nil
	})
	return found
}

// rollTrace calls a roll and returns the id of its trace.
func rollTrace(t *testing.T, node *harness.Node, room string) string {
	t.Helper()
	answer, err := node.Do("GET", "/api/rooms/"+room, "")
	if err != nil {
		t.Fatal(err)
	}
	id := answer.Header.Get("Rollcall-Trace")
	if len(id) != 32 {
		t.Fatalf("the roll of %s names the trace %q", room, id)
	}
	return id
}
