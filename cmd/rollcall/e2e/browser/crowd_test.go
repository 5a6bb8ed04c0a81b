//go:build unix

package browser

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/rollcall/rollcall/cmd/bench/wsclient"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const (
	crowdUsers   = 1000
	crowdDevices = 2 * crowdUsers

	// mostElements is how many elements a page may have, however many people are
	// in its room: a screenful of cards and what is around them.
	mostElements = 1500
)

func crowd(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room, firstUser = "The whole school", 1001
	names := make(map[string]string, crowdUsers)
	for i, name := range schoolNames() {
		names[strconv.Itoa(firstUser+i)] = name
	}
	cluster.AddUsers(t, names)
	fill(t, cluster, room, firstUser)

	p, _ := chrome.enter(t, cluster.Nodes[0], room, "1")
	p.awaits(t, func(seen view) error { return counts(seen, "1,001 people · 2,001 devices") })
	p.isSmall(t, "at its top")
	p.looksWell(t, "room-crowd")
	p.do(t, chromedp.Evaluate[chromedp.Void](watchFrames))

	// Everybody can be reached: by the keyboard, …
	p.do(t, chromedp.Focus(chromedp.CSS(`[data-testid="person-1"] h3 button`)), chromedp.KeyEvent(kb.End))
	p.awaits(t, func(view) error {
		at, err := run(p, chromedp.Evaluate[string](`(() => {
			const card = document.activeElement.closest('li');
			const { top, bottom } = card.getBoundingClientRect();
			return card.ariaPosInSet + ' of ' + card.ariaSetSize + (top >= 0 && bottom <= innerHeight ? '' : ', out of sight');
		})()`))
		if err == nil && at != "1001 of 1001" {
			err = fmt.Errorf("End leads to %s", at)
		}
		return err
	})
	p.isSmall(t, "at its end")

	// … and by name.
	p.do(t, chromedp.Focus(testID("find")), chromedp.KeyEvent("zoe abbott"))
	p.awaits(t, func(seen view) error {
		if len(seen.People) == 0 || len(seen.People) > 10 || !strings.Contains(seen.People[0].Name, "Zoë Abbott") {
			return fmt.Errorf("finds %+v", seen.People)
		}
		return nil
	})
	p.do(t, chromedp.KeyEvent(kb.Escape))

	// Many come and go at once.
	var guests []*device
	for i := range 60 {
		guests = append(guests, join(t, cluster.Nodes[i%4], room, strconv.Itoa(2+i%9)))
	}
	p.awaits(t, func(seen view) error { return counts(seen, "1,010 people · 2,061 devices") })
	for _, guest := range guests {
		guest.leave()
	}
	p.awaits(t, func(seen view) error { return counts(seen, "1,001 people · 2,001 devices") })
	p.isSmall(t, "after many came and went")
	longest, err := run(p, chromedp.Evaluate[float64](`globalThis.longestFrame`))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("with %d devices in the room, the longest time between two frames was %.0f ms", crowdDevices, longest)
}

// watchFrames keeps the longest time between two frames, in milliseconds.
const watchFrames = `(() => {
	globalThis.longestFrame = 0;
	let last = performance.now();
	const next = (now) => {
		globalThis.longestFrame = Math.max(globalThis.longestFrame, now - last);
		last = now;
		requestAnimationFrame(next);
	};
	requestAnimationFrame(next);
})()`

// isSmall tells whether the page holds a screenful, whatever there is to scroll to.
func (p *page) isSmall(t *testing.T, when string) {
	t.Helper()
	n, err := run(p, chromedp.Evaluate[int](`document.querySelectorAll('*').length`))
	if err != nil {
		t.Fatal(err)
	}
	if n > mostElements {
		t.Errorf("%s the page has %d elements, want at most %d", when, n, mostElements)
	}
}

// fill connects two devices of each user, evenly to all nodes, until the test ends.
func fill(t *testing.T, cluster *harness.Cluster, room string, firstUser int) {
	t.Helper()
	const atOnce = 16 // more would make the nodes refuse some
	ctx, cancel := context.WithTimeout(t.Context(), 4*harness.Patience)
	defer cancel()
	next := make(chan int)
	failures := make(chan error, atOnce)
	var dialling, staying sync.WaitGroup
	conns := make([]*wsclient.Conn, crowdDevices)
	for range atOnce {
		dialling.Go(func() {
			for i := range next {
				node := cluster.Nodes[i%len(cluster.Nodes)]
				conn, err := wsclient.Join(ctx, node.Addr, room, strconv.Itoa(firstUser+i%crowdUsers), 4096)
				if err != nil {
					failures <- fmt.Errorf("device %d: %w", i, err)
					return
				}
				conns[i] = conn
				staying.Go(func() {
					for {
						if _, err := conn.NextEvent(); err != nil {
							return
						}
					}
				})
			}
		})
	}
	t.Cleanup(func() {
		for _, conn := range conns {
			if conn != nil {
				_ = conn.Close()
			}
		}
		staying.Wait()
	})
	started := time.Now()
	defer func() {
		close(next)
		dialling.Wait()
	}()
	for i := range crowdDevices {
		select {
		case next <- i:
		case err := <-failures:
			t.Fatal(err)
		}
	}
	t.Logf("%d devices came within %v", crowdDevices, time.Since(started).Round(time.Millisecond))
}

// schoolNames are the names of a crowd.
func schoolNames() []string {
	given := []string{
		"Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Grace", "Hiro", "Ines", "Jonas", "Kofi", "Léa", "Milan",
		"Nadia", "Óscar", "Priya", "Quentin", "Rosa", "Søren", "Tara", "Umar", "Vera", "Wanda", "Yusuf", "Zoë",
	}
	family := []string{
		"Abbott", "Baker", "Carter", "Dubois", "Evans", "Fischer", "García", "Hughes", "Ito", "Jensen", "Kaya", "Lopez",
		"Moreau", "Novák", "Okafor", "Patel", "Quinn", "Rossi", "Silva", "Tanaka", "Usman", "Varga", "Weber", "Xu",
		"Yılmaz", "Zhang", "Ahmed", "Brown", "Costa", "Diaz", "Eriksen", "Ferrari", "Green", "Haas", "Ivanov", "Jones",
		"Khan", "Lind", "Meyer", "Nguyen",
	}
	names := make([]string, 0, crowdUsers)
	for _, f := range family {
		for _, g := range given {
			names = append(names, g+" "+f)
		}
	}
	return names
}
