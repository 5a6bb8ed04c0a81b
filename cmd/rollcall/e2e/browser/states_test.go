//go:build unix

package browser

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

func aloneInARoom(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p, john := chrome.enter(t, cluster.Nodes[0], "alone", "1")
	p.awaitPeople(t, alone(john))
	p.do(t, chromedp.WaitVisible(testID("alone")), chromedp.WaitVisible(testID("copy-link")))
	p.looksWell(t, "room-alone")

	join(t, cluster.Nodes[1], "alone", "2")
	p.do(t, chromedp.WaitNotPresent(testID("alone")))
}

func loading(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	node := cluster.Nodes[0]
	p := chrome.open(t, node.URL(roomPath("loading", "1")), hold(rollCalls))
	p.do(t, chromedp.WaitVisible(testID("loading")))
	p.looksWell(t, "room-loading")
	p.do(t, release())
	p.awaitPeople(t, alone(p.awaitLive(t, node.Name, "loading", "1")))
}

func rollFails(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	node := cluster.Nodes[0]
	p := chrome.open(t, node.URL(roomPath("failing", "1")), block(rollCalls))
	p.awaitsNotice(t, "roll", "could not be called", "did not answer")
	p.looksWell(t, "room-error")
	p.do(t, block())
	p.awaitPeople(t, alone(p.awaitLive(t, node.Name, "failing", "1")))
	p.awaitsNoNotice(t, "roll")
	p.complaints.forget() // of the browser, about each request that failed
}

func lively(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "Maths"
	people := []person{ // as the page sorts them: oneself, then by name
		{User: "1", Name: "John"}, {User: "8", Name: "Charlie"}, {User: "2", Name: "Mary"},
		{User: "3", Name: "Mike"}, {User: "6", Name: "Richard"}, {User: "9", Name: "Rowan"},
		{User: "7", Name: "Sonia"}, {User: "5", Name: "Stephanie"}, {User: "10", Name: "Victoria"},
	}
	devicesOn := [][]int{{2}, {1, 3}, {0, 1, 3}, {3}, {0, 2}, {2}, {3, 0}, {1}, {2}} // the nodes of each
	arrive := func(i int) {
		people[i].Devices = make(map[string]string)
		for _, n := range devicesOn[i] {
			node := cluster.Nodes[n]
			people[i].Devices[join(t, node, room, people[i].User).Socket] = node.Name
		}
	}
	const early = 5
	for i := range early {
		arrive(i)
	}
	p, john := chrome.enter(t, cluster.Nodes[0], room, "1")
	people[0].Devices[john.Socket] = john.Node
	p.awaitPeople(t, people[:early]...)
	for i := early; i < len(people); i++ {
		arrive(i)
	}
	frank := join(t, cluster.Nodes[3], room, "4")
	p.awaitName(t, "4", "Frank")
	frank.leave()
	people[1].Name = "Charlotte"
	if _, err := cluster.Nodes[2].Rename(people[1].User, people[1].Name); err != nil {
		t.Fatal(err)
	}
	p.awaitPeople(t, people...)
	p.awaits(t, func(seen view) error {
		return counts(seen, "9 people · 15 devices")
	})

	// A card opens to its devices.
	p.do(t,
		chromedp.Click(chromedp.CSS(`[data-testid="person-10"] h3 button`)),
		chromedp.WaitVisible(chromedp.CSS(`[data-testid="person-10"] [aria-expanded="true"]`)),
	)
	for socket, node := range people[8].Devices {
		shown, err := run(p, chromedp.Evaluate[string](`document.querySelector('[data-testid="device-`+socket+`"]').textContent`))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{node, socket, "just now"} {
			if !strings.Contains(shown, want) {
				t.Errorf("a device of Victoria shows %q, which lacks %s", shown, want)
			}
		}
	}
	p.looksWell(t, "room")
}

func happenings(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "happenings"
	p, _ := chrome.enter(t, cluster.Nodes[0], room, "1")
	p.do(t, chromedp.WaitVisible(testID("quiet")))

	mary := join(t, cluster.Nodes[1], room, "2")
	p.awaitsHappened(t, "Mary joined")
	p.awaits(t, func(seen view) error {
		if !strings.Contains(seen.Announced, "Mary joined") {
			return fmt.Errorf("announces %q", seen.Announced)
		}
		return nil
	})

	// Whoever reloads has neither left nor joined: their card stays the same.
	p.do(t, chromedp.Evaluate[chromedp.Void](`void (globalThis.card = document.querySelector('[data-testid="person-2"]'))`))
	mary.leave()
	again := join(t, cluster.Nodes[2], room, "2")
	p.awaits(t, func(seen view) error {
		for _, who := range seen.People {
			if _, back := who.Devices[again.Socket]; back {
				return nil
			}
		}
		return errors.New("does not show Mary's new device")
	})
	same, err := run(p, chromedp.Evaluate[bool](`globalThis.card === document.querySelector('[data-testid="person-2"]')`))
	if err != nil {
		t.Fatal(err)
	}
	if !same {
		t.Error("a reload moved a card")
	}

	frank := join(t, cluster.Nodes[3], room, "4")
	p.awaitsHappened(t, "Frank joined", "Mary joined")
	for _, name := range []string{"Franco", "Frank"} { // and back, for the other tests
		if _, err := cluster.Nodes[0].Rename("4", name); err != nil {
			t.Fatal(err)
		}
		p.awaitName(t, "4", name)
	}
	frank.leave()
	p.awaits(t, func(seen view) error {
		if !slices.Equal(seen.Left, []string{"4"}) {
			return fmt.Errorf("greys %v, want 4 alone", seen.Left)
		}
		return nil
	})
	p.awaitsHappened(t, "Frank left", "Franco is now Frank", "Frank is now Franco", "Frank joined", "Mary joined")
	p.looksWell(t, "room-happenings")

	// Folded away it stays so.
	p.do(t,
		chromedp.Click(testID("happenings-toggle")),
		chromedp.WaitNotPresent(testID("happenings")),
		chromedp.Reload(),
	)
	p.awaitLive(t, cluster.Nodes[0].Name, room, "1")
	p.do(t, chromedp.WaitVisible(chromedp.CSS(`[data-testid="happenings-toggle"][aria-expanded="false"]`)))
}

func conflict(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p, mike := chrome.enter(t, cluster.Nodes[0], "conflict", "3")
	p.do(t, chromedp.Click(testID("me-name")), chromedp.WaitVisible(testID("me-name-input")+":focus"))
	if _, err := cluster.Nodes[1].Rename(mike.User, "Michael"); err != nil {
		t.Fatal(err)
	}
	p.do(t, chromedp.KeyEvent("Mick\r"))
	p.awaitsOfMyName(t, "changed to “Michael” elsewhere")
	p.complaints.forget() // of the browser, about the 412
	p.looksWell(t, "room-conflict")
	p.do(t, chromedp.Click(chromedp.CSS(`[data-testid="me-name-state"] .button.main`)))
	p.awaitName(t, mike.User, "Mick")
	if _, err := cluster.Nodes[1].Rename(mike.User, mike.Name); err != nil {
		t.Fatal(err)
	}
}

func trace(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p, _ := chrome.enter(t, cluster.Nodes[0], "traced", "1")
	p.do(t, chromedp.WaitVisible(testID("trace")))
	link, err := run(p, chromedp.Evaluate[string](`document.querySelector('[data-testid="trace"]').getAttribute('href')`))
	if err != nil {
		t.Fatal(err)
	}
	id := strings.TrimPrefix(link, "/dash?trace=")
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(id) {
		t.Fatalf("the foot leads to %s", link)
	}
	// Any node has it, with what each did.
	harness.Eventually(t, harness.Patience, func() error {
		answer, err := cluster.Nodes[2].Do(http.MethodGet, "/api/dash/traces/"+id, "", "Authorization: Bearer "+roomToken)
		if err != nil {
			return err
		}
		for _, want := range []string{`"kind":"roll"`, `"room":"traced"`, `"nodes":["node-1","node-2","node-3","node-4"]`} {
			if !strings.Contains(answer.Body, want) {
				return fmt.Errorf("the trace of the roll lacks %s: %d %s", want, answer.Status, answer.Body)
			}
		}
		return nil
	})
	foot, err := run(p, chromedp.Evaluate[string](`document.querySelector('[data-testid="roll-footer"]').textContent`))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^4 of 4 nodes\x{a0}· [0-9.]+ ms$`).MatchString(foot) {
		t.Errorf("the foot says %q", foot)
	}
}

func colours(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	node := cluster.Nodes[0]
	p, _ := chrome.enter(t, node, "colours", "1")
	const ground = `getComputedStyle(document.documentElement).backgroundColor`
	choose := func(theme string) string {
		t.Helper()
		p.do(t, still("light"), chromedp.Click(chromedp.CSS(`[data-testid="theme"] label:has([value="`+theme+`"])`)))
		colour, err := run(p, chromedp.Evaluate[string](ground))
		if err != nil {
			t.Fatal(err)
		}
		return colour
	}
	dark, light, system := choose("dark"), choose("light"), choose("system")
	if dark == light || system != light {
		t.Errorf("the page is %s when dark, %s when light, and %s as the system has it, which is light", dark, light, system)
	}

	// It is dark from its first moment: before its scripts have come.
	choose("dark")
	p.do(t, block("/assets/index-*"), chromedp.Reload())
	theme, err := run(p, chromedp.Evaluate[string](`document.documentElement.dataset.theme + ' ' + document.querySelector('#page').childElementCount`))
	if err != nil {
		t.Fatal(err)
	}
	if theme != "dark 0" {
		t.Errorf("before the page's scripts its colours are %s, want dark", theme)
	}
	p.complaints.forget() // of the browser, that files are missing
	p.do(t, block(), chromedp.Reload())
	p.awaitLive(t, node.Name, "colours", "1")
}

// awaitsNotice waits until the page shows a notice that says all this.
func (p *page) awaitsNotice(t *testing.T, name string, says ...string) {
	t.Helper()
	p.awaits(t, func(seen view) error {
		for _, words := range says {
			if !strings.Contains(seen.Notices[name], words) {
				return fmt.Errorf("has the notices %q, none about the %s that says %q", seen.Notices, name, words)
			}
		}
		return nil
	})
}

// awaitsNoNotice waits until a notice is gone.
func (p *page) awaitsNoNotice(t *testing.T, name string) {
	t.Helper()
	p.awaits(t, func(seen view) error {
		if notice, there := seen.Notices[name]; there {
			return fmt.Errorf("still says %q", notice)
		}
		return nil
	})
}

// awaitsHappened waits until exactly this is told to have happened, newest first.
func (p *page) awaitsHappened(t *testing.T, want ...string) {
	t.Helper()
	p.awaits(t, func(seen view) error {
		if !slices.Equal(seen.Happened, want) {
			return fmt.Errorf("tells %q, want %q", seen.Happened, want)
		}
		return nil
	})
}

// awaitsOfMyName waits until the page says something of the user's own name.
func (p *page) awaitsOfMyName(t *testing.T, says string) {
	t.Helper()
	p.awaits(t, func(seen view) error {
		if !strings.Contains(seen.MyName, says) {
			return fmt.Errorf("says of the name %q, want %q", seen.MyName, says)
		}
		return nil
	})
}
