//go:build unix

package browser

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

func dashActors(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "actors / 1"
	for i, n := range cluster.Nodes[:3] {
		join(t, n, room, strconv.Itoa(i+1))
	}
	p := chrome.watch(t, cluster, cluster.Nodes[0], "?view=actors&actor=roster&q=actors")
	rows := func() []string {
		t.Helper()
		list, err := run(p, chromedp.Evaluate[[]string](`[...document.querySelectorAll('[data-testid="actors"] tbody tr')].map((row) => row.children[1].textContent.trim() + ' ' + row.children[2].textContent)`))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(list)
		return list
	}
	harness.Eventually(t, harness.Patience, func() error {
		if got := rows(); !slices.Equal(got, []string{room + " node-1", room + " node-2", room + " node-3"}) {
			return fmt.Errorf("lists %q", got)
		}
		return nil
	})
	p.do(t, chromedp.Click(testID("sort-started")), chromedp.WaitVisible(chromedp.CSS(`th[aria-sort="ascending"] [data-testid="sort-started"]`)))
	p.looksWell(t, "dash-actors")

	p.do(t, chromedp.Click(chromedp.CSS(`[data-testid="actors"] tbody a`)))
	p.awaitsInspection(t, 3)
	p.looksWell(t, "dash-room")
}

// Who may not list the room by a token may look at it as an operator.
func dashWithTokens(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "inspected"
	for i, n := range cluster.Nodes {
		connect(t, n, url.Values{"room": {room}, "token": {mint(t, strconv.Itoa(i+1), time.Hour, nil)}})
	}
	p := chrome.watch(t, cluster, cluster.Nodes[0], "?view=actors&inspect="+room)
	p.awaitsInspection(t, len(cluster.Nodes))
	p.looksWell(t, "dash-room-tokens")
}

// awaitsInspection waits until a room is inspected, all agree, and so many people are in it.
func (p *page) awaitsInspection(t *testing.T, people int) {
	t.Helper()
	p.do(t, chromedp.WaitVisible(testID("inspection")))
	found := regexp.MustCompile(fmt.Sprintf(`found\s+%d\s+people`, people))
	harness.Eventually(t, harness.Patience, func() error {
		said, err := run(p, chromedp.Evaluate[string](`document.querySelector('[data-testid="inspector"]').textContent`))
		if err == nil && (!strings.Contains(said, "The grain and the rosters say the same") || !found.MatchString(said)) {
			err = fmt.Errorf("the inspector says %q", said)
		}
		return err
	})
}

func dashCharts(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	for range 3 {
		rollTrace(t, cluster.Nodes[0], "charts")
	}
	p := chrome.watch(t, cluster, cluster.Nodes[1], "?view=charts")
	p.do(t,
		chromedp.WaitVisible(chromedp.CSS(`[data-testid="chart-sockets"] canvas`)), // two samples are needed
		chromedp.Click(chromedp.CSS(`[data-testid="table-sockets"] summary`)),
		chromedp.WaitVisible(chromedp.CSS(`[data-testid="table-sockets"] tbody tr + tr`)),
	)
	p.looksWell(t, "dash-charts")
	p.do(t, chromedp.Click(chromedp.CSS(`[data-testid="tile-node-2"] a`)))
	p.awaitsDash(t, func(seen dashView) error {
		if seen.Chosen != "node-2" || seen.Search != "?view=charts&node=node-2&tables=sockets" {
			return fmt.Errorf("is at %s", seen.Search)
		}
		return nil
	})
}

func dashWithoutRedis(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p := chrome.watch(t, cluster, cluster.Nodes[0], "")
	everywhere := func(word string) {
		t.Helper()
		harness.Eventually(t, harness.Patience, func() error {
			tiles, err := run(p, chromedp.Evaluate[[]string](`[...document.querySelectorAll('[data-testid^="tile-"]')].map((tile) => tile.textContent)`))
			if err != nil {
				return err
			}
			for _, tile := range tiles {
				if !strings.Contains(tile, word) {
					return fmt.Errorf("a tile says %q, not %s", tile, word)
				}
			}
			return nil
		})
	}
	everywhere("Redis up")
	cluster.Redis.Stop()
	everywhere("Redis down")
	p.looksWell(t, "dash-redis-down")
	cluster.Redis.Start()
	everywhere("Redis up")
}

func dashGone(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	victim := cluster.Nodes[3]
	p := chrome.watch(t, cluster, cluster.Nodes[0], "")
	victim.Kill()
	p.awaitsDash(t, func(seen dashView) error {
		if seen.State != "Live" || seen.Tiles[victim.Name] != "gone" {
			return fmt.Errorf("shows %v", seen.Tiles)
		}
		return nil
	})
	p.looksWell(t, "dash-gone")
	victim.Start()
	harness.AwaitMembers(t, cluster.Nodes...)
	p.awaitsDash(t, func(seen dashView) error {
		if seen.Tiles[victim.Name] != "up" {
			return fmt.Errorf("shows %v", seen.Tiles)
		}
		return nil
	})
}

func dashOffline(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	asked := cluster.Nodes[1]
	p := chrome.watch(t, cluster, asked, "?kind=roll")
	rollTrace(t, cluster.Nodes[0], "offline")
	p.awaitsTrace(t, "roll", "offline")

	asked.Kill()
	p.awaitsDash(t, func(seen dashView) error {
		said := seen.Notices["offline"]
		if seen.State != "Offline" || !strings.Contains(said, asked.Name) || !regexp.MustCompile(`is \d+ s old`).MatchString(said) {
			return fmt.Errorf("says %q %q", seen.State, said)
		}
		if len(seen.Tiles) != len(cluster.Nodes) || len(seen.Traces) == 0 {
			return fmt.Errorf("has kept %v and %d traces only", seen.Tiles, len(seen.Traces))
		}
		return nil
	})
	p.looksWell(t, "dash-offline")

	asked.Start()
	harness.AwaitMembers(t, cluster.Nodes...)
	p.awaitsDash(t, func(seen dashView) error {
		if seen.State != "Live" || len(seen.Notices) > 0 {
			return fmt.Errorf("says %q %q", seen.State, seen.Notices)
		}
		return nil
	})
	p.complaints.forget() // of the browser, about the connection
}
