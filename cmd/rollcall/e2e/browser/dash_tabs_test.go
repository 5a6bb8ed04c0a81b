//go:build unix

package browser

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Once the token was shown in one tab the others are let in without it, as long as one
// of them is open. It stays in the memory of the tabs, and within their origin.
func TestTheTokenGoesFromTabToTab(t *testing.T) {
	cluster, chrome := harness.Start(t, 2, "--admin-token", adminToken, "--trace", "1"), startBrowser(t)
	node, other := cluster.Nodes[0], cluster.Nodes[1]
	room := chrome.open(t, node.URL(roomPath("Maths", "1"))) // whose profile all have
	room.awaitLive(t, node.Name, "Maths", "1")
	room.do(t, chromedp.WaitVisible(testID("trace")))
	link, err := run(room, chromedp.Evaluate[string](`document.querySelector('[data-testid="trace"]').href`))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, neighbour := room.beside(t, other.URL(roomPath("Maths", "2"))), room.beside(t, node.URL(roomPath("Maths", "3")))

	asks := room.beside(t, link)
	asks.do(t, chromedp.WaitVisible(testID("token-form")))
	forgive(t, asks, true, "401")
	asks.close(t)

	first := room.beside(t, node.URL("/dash?token="+url.QueryEscape(adminToken)))
	first.isLetIn(t, "")
	elsewhere.listens(t)
	neighbour.listens(t)
	second := room.beside(t, link)
	second.isLetIn(t, strings.TrimPrefix(link, node.URL("/dash")))
	first.close(t)
	third := room.beside(t, node.URL("/dash?view=actors"))
	third.isLetIn(t, "?view=actors")

	// A page of our own origin shows that one that listens would hear it.
	harness.Eventually(t, harness.Patience, func() error {
		if !slices.Contains(neighbour.heard(t), adminToken) {
			return errors.New("a page of the same origin hears nothing, so that another one hears nothing says nothing")
		}
		return nil
	})
	if heard := elsewhere.heard(t); len(heard) > 0 {
		t.Errorf("a page of another origin hears %q", heard)
	}
	for _, p := range []*page{room, neighbour, second} {
		kept, err := run(p, chromedp.Evaluate[string](`JSON.stringify([localStorage, document.cookie, location.href, document.referrer])`))
		if err != nil || strings.Contains(kept, adminToken) || strings.Contains(kept, url.QueryEscape(adminToken)) {
			t.Errorf("%s keeps %s, %v", p.address, kept, err)
		}
	}

	second.close(t)
	third.close(t)
	again := room.beside(t, node.URL("/dash"))
	again.do(t, chromedp.WaitVisible(testID("token-form")))
	forgive(t, again, true, "401")
}

// isLetIn waits until the dashboard is live, at a query.
func (p *page) isLetIn(t *testing.T, query string) {
	t.Helper()
	p.awaitsDash(t, func(seen dashView) error {
		if seen.State != "Live" || seen.Search != query {
			return fmt.Errorf("is not let in at %q: %+v", query, seen)
		}
		return nil
	})
	forgive(t, p, true, "401") // if the node was asked before another tab
}

// listens has a page ask for the token as a tab of the dashboard does, and keep what it hears.
func (p *page) listens(t *testing.T) {
	t.Helper()
	p.do(t, chromedp.Evaluate[chromedp.Void](`void (() => {
		globalThis.heard = [];
		globalThis.channel = new BroadcastChannel('rollcall-admin-token');
		channel.onmessage = ({ data }) => heard.push(data);
		channel.postMessage('');
	})()`))
}

// heard returns what it has heard, besides questions.
func (p *page) heard(t *testing.T) []string {
	t.Helper()
	heard, err := run(p, chromedp.Evaluate[[]string](`heard.filter((data) => data !== '')`))
	if err != nil {
		t.Fatal(err)
	}
	return heard
}
