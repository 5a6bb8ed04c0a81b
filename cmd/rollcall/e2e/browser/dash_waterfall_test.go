//go:build unix

package browser

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

func dashWaterfall(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	for i, n := range cluster.Nodes {
		join(t, n, "waterfall", strconv.Itoa(i+1))
	}
	id := rollTrace(t, cluster.Nodes[1], "waterfall")
	p := chrome.watch(t, cluster, cluster.Nodes[3], "?trace="+id) // another node than the roll's
	p.awaitsDash(t, func(seen dashView) error {
		want := []string{"node-2 answered", "node-1 answered", "node-3 answered", "node-4 answered"}
		if !slices.Equal(seen.Lanes, want) {
			return fmt.Errorf("draws %v, not %v", seen.Lanes, want)
		}
		if !strings.Contains(seen.Detail, "ok") || !strings.Contains(seen.Detail, id) {
			return fmt.Errorf("shows %q", seen.Detail)
		}
		return nil
	})
	p.looksWell(t, "dash-trace")

	link, err := run(p, chromedp.Evaluate[string](`document.querySelector('[data-testid="tracer"]').href`))
	if err != nil || link != tracer+id {
		t.Errorf("an external tracer is looked for at %s: %v", link, err)
	}
	p.do(t, chromedp.Click(testID("copy-json")), chromedp.WaitVisible(chromedp.CSS(`[data-testid="copy-json"].copied`)))

	// A span says what it is.
	p.do(t, chromedp.Click(chromedp.CSS(`[data-testid="span"]:last-of-type`)))
	seen := p.awaitsDash(t, func(seen dashView) error {
		if seen.Panel == "" || !strings.Contains(seen.Search, "span=") {
			return errors.New("shows no span")
		}
		return nil
	})
	for _, part := range []string{"on the wire", "queued", "handled"} {
		if !strings.Contains(seen.Panel, part) {
			t.Errorf("the panel lacks %s: %s", part, seen.Panel)
		}
	}
	p.looksWell(t, "dash-span")

	// The table has what the drawing has.
	p.do(t, chromedp.Click(chromedp.CSS(`[data-testid="table-spans"] summary`)), chromedp.WaitVisible(chromedp.CSS(`[data-testid="table-spans"] table`)))
	rows, err := run(p, chromedp.Evaluate[int](`document.querySelectorAll('[data-testid="table-spans"] tbody tr').length`))
	if err != nil {
		t.Fatal(err)
	}
	if rows != len(seen.Spans) {
		t.Errorf("the table has %d spans, the drawing %d", rows, len(seen.Spans))
	}
	p.looksWell(t, "dash-span-table")
}

func dashCompare(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	one, other := rollTrace(t, cluster.Nodes[0], "compared"), rollTrace(t, cluster.Nodes[1], "compared")
	p := chrome.watch(t, cluster, cluster.Nodes[0], "?room=compared&trace="+one)
	p.do(t, chromedp.Click(testID("compare")), chromedp.WaitVisible(chromedp.CSS(`[data-testid="compared"] [data-testid="waterfall"]`)))
	p.awaitsDash(t, func(seen dashView) error {
		if !strings.Contains(seen.Search, "compare="+other) || len(seen.Lanes) != 8 {
			return fmt.Errorf("is at %s and draws %v", seen.Search, seen.Lanes)
		}
		return nil
	})
	p.looksWell(t, "dash-compare")
}

func dashNoTrace(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p := chrome.watch(t, cluster, cluster.Nodes[0], "?trace="+strings.Repeat("0f", 16))
	p.awaitsDash(t, func(seen dashView) error {
		if !strings.Contains(seen.Detail, "No node has this trace any more") {
			return fmt.Errorf("says %q", seen.Detail)
		}
		return nil
	})
	p.looksWell(t, "dash-no-trace")
	p.complaints.forget() // of the browser, about each 404
}

func dashSilent(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "silent"
	victim := cluster.Nodes[2]
	join(t, victim, room, "2")
	p := chrome.watch(t, cluster, cluster.Nodes[0], "?room="+room)

	victim.Freeze()
	id := rollTrace(t, cluster.Nodes[1], room)
	p.awaitsDash(t, func(seen dashView) error {
		switch status := seen.Tiles[victim.Name]; status {
		case "suspect":
			p.picture(t, "dash-partial") // for about a second
			if !strings.Contains(seen.Notices["partial"], victim.Name) {
				return fmt.Errorf("says %v", seen.Notices)
			}
			return nil
		case "gone": // a slow machine may miss that second
			return nil
		default:
			return fmt.Errorf("shows %s as %s", victim.Name, status)
		}
	})
	p.do(t, chromedp.Click(chromedp.CSS(`[data-trace="`+id+`"]`)))
	seen := p.awaitsDash(t, func(seen dashView) error {
		if !slices.Contains(seen.Lanes, "node-3 silent") || len(seen.Lanes) != len(cluster.Nodes) {
			return fmt.Errorf("draws %v", seen.Lanes)
		}
		return nil
	})
	if !strings.Contains(seen.Detail, "incomplete") || !strings.Contains(seen.Detail, "Without node-3") {
		t.Errorf("it says %q", seen.Detail)
	}
	drawn, err := run(p, chromedp.Evaluate[json.RawMessage](`(() => {
		const lane = document.querySelector('[data-testid="lane"][data-state="silent"] [fill^="url"]').getBoundingClientRect();
		const line = document.querySelector('[data-testid="deadline"] line').getBoundingClientRect();
		return { hatched: Math.round(lane.right), deadline: Math.round(line.right), wide: lane.width > 100 };
	})()`))
	if err != nil {
		t.Fatal(err)
	}
	var at struct {
		Hatched, Deadline int
		Wide              bool
	}
	if err := json.Unmarshal(drawn, &at); err != nil {
		t.Fatal(err)
	}
	if !at.Wide || max(at.Hatched-at.Deadline, at.Deadline-at.Hatched) > 1 {
		t.Errorf("the silent lane is hatched to %d, and the deadline at %d", at.Hatched, at.Deadline)
	}
	p.looksWell(t, "dash-silent")
	p.do(t, chromedp.Click(testID("zoom")))
	p.looksWell(t, "dash-silent-answers")

	victim.Thaw()
	harness.AwaitMembers(t, cluster.Nodes...)
	p.do(t, chromedp.Click(testID("close-trace")))
	p.awaitsDash(t, func(seen dashView) error {
		if seen.Tiles[victim.Name] != "up" || len(seen.Notices) > 0 {
			return fmt.Errorf("shows %v %v", seen.Tiles, seen.Notices)
		}
		return nil
	})
}
