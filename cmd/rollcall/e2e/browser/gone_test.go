//go:build unix

package browser

import (
	"fmt"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// atOnce is how long a socket may still be in the roll after its page is gone. A
// node that has to find out by itself takes ten times as long.
const atOnce = 4 * time.Second

// Browsers keep a page that is left by a link, to show it again as it was: its script
// stands still, and its connection is not closed. Such a page must say goodbye.
func goneAndBack(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "left by a link"
	node, other := cluster.Nodes[0], cluster.Nodes[2]
	p := chrome.open(t, node.URL(roomPath(room, "1")))
	first := p.awaitsSocket(t, "")
	awaitSockets(t, other, room, harness.Patience, first)
	// A page that is loaded again would not know this.
	p.do(t, chromedp.Evaluate[chromedp.Void](`void (globalThis.kept = true)`))

	for range 2 {
		// By script, as chromedp loses sight of the elements of a page that comes back.
		p.do(t, chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-testid="brand"]').click()`))
		p.awaits(t, func(seen view) error {
			if seen.Room != "Choose a room" {
				return fmt.Errorf("has not been left for the choice of rooms: %+v", seen)
			}
			return nil
		})
		awaitSockets(t, other, room, atOnce)
		p.do(t, chromedp.Evaluate[chromedp.Void](`history.back()`))
		second := p.awaitsSocket(t, first)
		awaitSockets(t, other, room, harness.Patience, second)
		if kept, err := run(p, chromedp.Evaluate[bool](`globalThis.kept === true`)); err != nil || !kept {
			t.Fatalf("the page was not kept by the browser, so this test shows nothing: %v", err)
		}
		first = second
	}
}

// The dashboard is kept by the browser as well. It hangs up before, lest the browser
// cut it off with an error, and shows what happened meanwhile when it is back.
func dashGoneAndBack(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p := chrome.watch(t, cluster, cluster.Nodes[0], "")
	p.do(t, chromedp.Evaluate[chromedp.Void](`void (globalThis.kept = true, location.assign('/?choose'))`))
	p.awaits(t, func(seen view) error {
		if seen.Room != "Choose a room" {
			return fmt.Errorf("has not been left for the choice of rooms: %+v", seen)
		}
		return nil
	})
	join(t, cluster.Nodes[1], "while nobody looked", "2")
	p.do(t, chromedp.Evaluate[chromedp.Void](`history.back()`))
	p.awaitsTrace(t, "join", "while nobody looked")
	p.awaitsDash(t, func(seen dashView) error {
		if seen.State != "Live" {
			return fmt.Errorf("says %q", seen.State)
		}
		return nil
	})
	if kept, err := run(p, chromedp.Evaluate[bool](`globalThis.kept === true`)); err != nil || !kept {
		t.Fatalf("the page was not kept by the browser: %v", err)
	}
}

// A tab in the background may be frozen: its script stands still as that of a page
// that was left.
func frozen(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "frozen"
	node, other := cluster.Nodes[1], cluster.Nodes[3]
	p := chrome.open(t, node.URL(roomPath(room, "1")))
	first := p.awaitsSocket(t, "")
	awaitSockets(t, other, room, harness.Patience, first)

	p.do(t, lifecycle(cdppage.SetWebLifecycleStateStateFrozen))
	awaitSockets(t, other, room, atOnce)
	p.do(t, lifecycle(cdppage.SetWebLifecycleStateStateActive))
	awaitSockets(t, other, room, harness.Patience, p.awaitsSocket(t, first))
}

func lifecycle(state cdppage.SetWebLifecycleStateState) chromedp.Action[chromedp.Void] {
	return call(cdppage.SetWebLifecycleState, cdppage.SetWebLifecycleStateParams{State: state})
}

// awaitsSocket waits until the page is in its room by another socket than before, and
// returns which.
func (p *page) awaitsSocket(t *testing.T, before string) string {
	t.Helper()
	return p.awaits(t, func(seen view) error {
		if seen.State != "Live" || seen.Me.Socket == "" || seen.Me.Socket == before {
			return fmt.Errorf("is not in by another socket than %q: %+v", before, seen)
		}
		return nil
	}).Me.Socket
}

// awaitSockets waits until exactly these sockets are in a room, whosever they are.
func awaitSockets(t *testing.T, node *harness.Node, room string, patience time.Duration, want ...string) {
	t.Helper()
	harness.Eventually(t, patience, func() error {
		roll, err := node.Roll(room)
		if err != nil {
			return err
		}
		for _, socket := range want {
			if _, in := roll.Users[socket]; !in {
				return fmt.Errorf("the roll of %s lacks %s: %v", room, socket, roll.Users)
			}
		}
		if len(roll.Users) != len(want) {
			return fmt.Errorf("the roll of %s has %v, want %q alone", room, roll.Users, want)
		}
		return nil
	})
}
