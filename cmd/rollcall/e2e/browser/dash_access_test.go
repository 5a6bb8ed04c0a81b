//go:build unix

package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

func dashToken(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p := chrome.open(t, cluster.Nodes[0].URL("/dash"))
	p.do(t, chromedp.WaitVisible(testID("token-form")))
	p.looksWell(t, "dash-token")
	p.do(t,
		chromedp.WaitVisible(chromedp.CSS("#token:focus")),
		chromedp.KeyEvent("not the right token\r"),
		chromedp.WaitVisible(testID("token-refused")),
	)
	p.looksWell(t, "dash-token-refused")
	p.do(t, chromedp.KeyEvent(adminToken+"\r")) // what was typed before is selected
	p.awaitsDash(t, func(seen dashView) error {
		if seen.State != "Live" || len(seen.Tiles) != len(cluster.Nodes) {
			return fmt.Errorf("is not let in: %+v", seen)
		}
		return nil
	})
	for _, complaint := range p.complaints.forget() { // of the browser, about each refusal
		if !strings.Contains(complaint, "401") {
			t.Error(complaint)
		}
	}
	// It is remembered in this window.
	p.do(t, chromedp.Reload(), chromedp.WaitVisible(testID("tile-node-1")))
}

func TestWithoutATokenTheDashboardSaysHowToSwitchItOn(t *testing.T) {
	node, chrome := harness.Start(t, 1).Nodes[0], startBrowser(t)
	p := chrome.open(t, node.URL("/dash"))
	p.do(t, chromedp.WaitVisible(testID("dash-off")))
	said, err := run(p, chromedp.Evaluate[string](`document.querySelector('[data-testid="dash-off"]').textContent`))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said, "--admin-token") {
		t.Errorf("it says %q", said)
	}
	p.looksWell(t, "dash-off")
	p.complaints.forget() // of the browser, about the 404
}

// What a person does with the line that Rollcall prints.
func TestThePrintedURLOpensTheDashboard(t *testing.T) {
	cluster, chrome := harness.StartLocal(t, 2), startBrowser(t)
	token := cluster.Dashboard(t).Query().Get("token")
	node := cluster.Nodes[1]
	p := chrome.open(t, node.URL("/dash?view=actors&token="+token))
	live := func(seen dashView) error {
		if seen.State != "Live" || seen.Tiles["node-1"] != "up" || seen.Tiles["node-2"] != "up" {
			return fmt.Errorf("shows %+v", seen)
		}
		return nil
	}
	p.awaitsDash(t, live)
	shows := func(when string) {
		t.Helper()
		address, err := run(p, chromedp.Evaluate[string](`location.href + ' ' + document.referrer`))
		if err != nil || strings.Contains(address, "token") || !strings.Contains(address, "/dash?view=actors") {
			t.Errorf("%s the address is %q, %v", when, address, err)
		}
	}
	shows("when it was opened")
	// It is kept in this tab, and "back" leads to no address that has it.
	p.do(t, chromedp.Reload())
	p.awaitsDash(t, live)
	p.do(t, chromedp.Navigate(node.URL(roomPath("Maths", "1"))))
	p.awaitLive(t, node.Name, "Maths", "1")
	p.do(t, chromedp.Evaluate[chromedp.Void](`history.back()`))
	p.awaitsDash(t, live)
	shows("after going back")

	rollTrace(t, cluster.Nodes[0], "local")
	p.do(t, chromedp.Navigate(node.URL("/dash")))
	p.awaitsTrace(t, "roll", "local", "node-1")
	if said := cluster.Output.String(); strings.Count(said, token) != 1 {
		t.Errorf("the token was logged:\n%s", said)
	}
	// A wrong one is asked for again, and not kept.
	stranger := chrome.open(t, node.URL("/dash?token=wrong"))
	stranger.do(t, chromedp.WaitVisible(testID("token-refused")))
	for _, complaint := range stranger.complaints.forget() { // of the browser, about the refusal
		if !strings.Contains(complaint, "401") {
			t.Error(complaint)
		}
	}
}

func TestWithoutTracingTheDashboardSaysHowToSwitchItOn(t *testing.T) {
	cluster, chrome := harness.Start(t, 1, "--admin-token", adminToken), startBrowser(t)
	p := chrome.watch(t, cluster, cluster.Nodes[0], "")
	p.do(t, chromedp.WaitVisible(testID("no-traces")))
	said, err := run(p, chromedp.Evaluate[string](`document.querySelector('[data-testid="no-traces"]').textContent`))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said, "Tracing is off") || !strings.Contains(said, "--trace") {
		t.Errorf("it says %q", said)
	}
	p.looksWell(t, "dash-no-tracing")
}

func dashLoading(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p := chrome.open(t, cluster.Nodes[0].URL("/dash"), hold("/api/dash"))
	p.do(t, chromedp.WaitVisible(chromedp.CSS(`[data-testid="strip"] .blank`)))
	p.looksWell(t, "dash-loading")
	p.do(t, release(), chromedp.WaitVisible(testID("token-form")))
	p.complaints.forget() // of the browser, about the 401
}

func dashFails(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p := chrome.open(t, cluster.Nodes[0].URL("/dash"), block("/api/dash"))
	p.do(t, chromedp.WaitVisible(testID("dash-failed")))
	p.looksWell(t, "dash-error")
	p.do(t, block(), chromedp.Click(chromedp.CSS(`[data-testid="dash-failed"] button`)), chromedp.WaitVisible(testID("token-form")))
	p.complaints.forget() // of the browser, about each request
}

func dashEmpty(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p := chrome.watch(t, cluster, cluster.Nodes[0], "")
	p.do(t, chromedp.WaitVisible(testID("no-traces")))
	p.looksWell(t, "dash-empty")
	answer, err := cluster.Nodes[0].Do(http.MethodGet, "/ui/Demo?id_user=1", "")
	if err != nil || answer.Status != http.StatusOK {
		t.Errorf("the demo room: %d, %v", answer.Status, err)
	}
}
