//go:build unix

package browser

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

func dashFilters(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p := chrome.watch(t, cluster, cluster.Nodes[0], "")
	for i, room := range []string{"Maths", "Physics", "Lunch & tea"} {
		join(t, cluster.Nodes[i], room, strconv.Itoa(i+1))
	}
	for i := range 8 {
		rollTrace(t, cluster.Nodes[i%4], []string{"Maths", "Physics"}[i%2])
	}
	p.awaitsTrace(t, "join", "Maths", "node-1")
	p.awaitsTrace(t, "join", "Lunch & tea", "user 3", "node-3")
	p.awaitsTrace(t, "roll", "/api/rooms/Physics", "node-4", "ok")
	p.looksWell(t, "dash-traces")

	only := func(what string, wanted func(dashTrace) bool, search string) {
		t.Helper()
		p.awaitsDash(t, func(seen dashView) error {
			if seen.Search != search {
				return fmt.Errorf("is at %q, not %q", seen.Search, search)
			}
			if len(seen.Traces) == 0 {
				return fmt.Errorf("lists no %s", what)
			}
			for _, one := range seen.Traces {
				if !wanted(one) {
					return fmt.Errorf("lists more than %s: %+v", what, one)
				}
			}
			return nil
		})
	}
	maths := func(one dashTrace) bool { return strings.Contains(one.Text, "Maths") }
	mathsRoll := func(one dashTrace) bool { return maths(one) && one.Kind == "roll" }
	all := func(dashTrace) bool { return true }

	p.do(t, chromedp.Click(chromedp.CSS("#filter-room")), chromedp.KeyEvent("Maths"))
	only("Maths", maths, "?room=Maths")
	choose(t, p, "filter-kind", "roll")
	only("rolls of Maths", mathsRoll, "?kind=roll&room=Maths")
	// Back undoes the choice, then all that was typed; forward does it again.
	p.do(t, chromedp.NavigateBack())
	only("Maths", maths, "?room=Maths")
	p.do(t, chromedp.NavigateBack())
	only("all", all, "")
	p.do(t, chromedp.NavigateForward(), chromedp.NavigateForward())
	only("rolls of Maths", mathsRoll, "?kind=roll&room=Maths")
	// The address is enough.
	p.do(t, chromedp.Reload())
	only("rolls of Maths", mathsRoll, "?kind=roll&room=Maths")
	p.do(t, chromedp.Click(testID("filter-clear")))
	only("all", all, "")
}

// choose chooses an option, as the browser reports it when a reader does.
func choose(t *testing.T, p *page, id, option string) {
	t.Helper()
	p.do(t, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`void (() => {
		const list = document.querySelector('[data-testid=%q]');
		list.value = %q;
		list.dispatchEvent(new Event('change', { bubbles: true }));
	})()`, id, option)))
}

func dashPause(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p := chrome.watch(t, cluster, cluster.Nodes[1], "?room=paused")
	first := rollTrace(t, cluster.Nodes[0], "paused")
	shows := func(ids ...string) func(dashView) error {
		return func(seen dashView) error {
			var got []string
			for _, one := range seen.Traces {
				got = append(got, one.ID)
			}
			if strings.Join(got, " ") != strings.Join(ids, " ") {
				return fmt.Errorf("lists %v, not %v; %s", got, ids, seen.Pause)
			}
			return nil
		}
	}
	p.awaitsDash(t, shows(first))
	p.do(t, chromedp.Click(testID("pause")))
	second := rollTrace(t, cluster.Nodes[2], "paused")
	third := rollTrace(t, cluster.Nodes[3], "paused")
	p.awaitsDash(t, func(seen dashView) error {
		if seen.Pause != "Show 2 more" {
			return fmt.Errorf("says %q", seen.Pause)
		}
		return shows(first)(seen)
	})
	p.looksWell(t, "dash-paused")
	p.do(t, chromedp.Click(testID("pause")))
	p.awaitsDash(t, shows(third, second, first))
}

func dashKeys(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p := chrome.watch(t, cluster, cluster.Nodes[0], "?room=keys&kind=roll")
	older, newer := rollTrace(t, cluster.Nodes[0], "keys"), rollTrace(t, cluster.Nodes[1], "keys")
	p.awaitsDash(t, func(seen dashView) error {
		if len(seen.Traces) != 2 || seen.Traces[0].ID != newer || seen.Traces[1].ID != older {
			return fmt.Errorf("lists %+v", seen.Traces)
		}
		return nil
	})

	press := func(keys string) { t.Helper(); p.do(t, chromedp.KeyEvent(keys)) }
	focus := func(want string) {
		t.Helper()
		p.awaitsDash(t, func(seen dashView) error {
			if seen.Focus != want {
				return fmt.Errorf("has the focus at %q, not %q", seen.Focus, want)
			}
			return nil
		})
	}
	open := func(id string) {
		t.Helper()
		p.awaitsDash(t, func(seen dashView) error {
			if has := strings.Contains(seen.Search, "trace="+id); has != (id != "") && id != "" {
				return fmt.Errorf("is at %q", seen.Search)
			}
			if id == "" && seen.Detail != "" || id != "" && !strings.Contains(seen.Detail, id) {
				return fmt.Errorf("shows %q", seen.Detail)
			}
			return nil
		})
	}
	press("?")
	p.do(t, chromedp.WaitVisible(testID("keys")))
	p.looksWell(t, "dash-keys")
	press(kb.Escape)
	p.do(t, chromedp.WaitNotVisible(testID("keys")))
	p.awaitsDash(t, func(seen dashView) error {
		if seen.Focus == "filter-room" {
			return nil
		}
		p.do(t, shortcut("/")) // a key that comes while the dialog closes is still that one's
		return fmt.Errorf("has the focus at %q, not filter-room", seen.Focus)
	})
	press(kb.Escape)
	press(kb.ArrowDown + kb.ArrowDown)
	focus("trace")
	press(kb.Enter)
	open(older)
	press(kb.Escape)
	open("")
	focus("trace")
	press(kb.ArrowUp + kb.Enter)
	open(newer)
	press("2")
	p.do(t, chromedp.WaitVisible(testID("actors")))
}

// shortcut presses and releases a key with a character, which is typed only if the
// page does not take the key for itself. (chromedp's KeyEvent types it in any case.)
func shortcut(key string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(
		call(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Text: key}),
		call(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: key}),
	)
}

func dashNode(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p := chrome.watch(t, cluster, cluster.Nodes[0], "?room=node")
	for _, n := range cluster.Nodes[:2] {
		rollTrace(t, n, "node")
	}
	p.awaitsTrace(t, "roll", "node-1")
	p.awaitsTrace(t, "roll", "node-2")
	tile := chromedp.CSS(`[data-testid="tile-node-2"] a`)
	p.do(t, chromedp.Click(tile))
	p.awaitsDash(t, func(seen dashView) error {
		if seen.Chosen != "node-2" || len(seen.Traces) != 1 || !strings.Contains(seen.Traces[0].Text, "node-2") {
			return fmt.Errorf("shows more than node-2: %q %+v", seen.Chosen, seen.Traces)
		}
		return nil
	})
	p.looksWell(t, "dash-node")
	p.do(t, chromedp.Click(tile))
	p.awaitsDash(t, func(seen dashView) error {
		if seen.Chosen != "" || len(seen.Traces) != 2 {
			return errors.New("is limited still")
		}
		return nil
	})
}
