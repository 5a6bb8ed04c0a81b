//go:build unix

package browser

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

func unknownUser(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	node := cluster.Nodes[0]

	p := chrome.open(t, node.URL(roomPath("foo", "999")))
	p.awaits(t, func(seen view) error {
		if seen.State != "Refused" || seen.Room != "foo" || !strings.Contains(seen.Refusal, "no user 999") {
			return fmt.Errorf("shows no refusal: %+v", seen)
		}
		return nil
	})
	p.do(t, chromedp.WaitVisible(testID("choose-3")))
	p.looksWell(t, "room-refused")

	p.do(t, chromedp.Click(testID("choose-3")))
	mike := p.awaitLive(t, node.Name, "foo", "3")
	p.awaitPeople(t, alone(mike))
}

func theRoot(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	node := cluster.Nodes[0]

	answer, err := node.Do(http.MethodGet, "/", "")
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != http.StatusFound {
		t.Errorf("GET / answers %d, want %d", answer.Status, http.StatusFound)
	}

	p := chrome.open(t, node.URL("/"))
	address, err := run(p, chromedp.Location())
	if err != nil {
		t.Fatal(err)
	}
	user, found := strings.CutPrefix(address, node.URL("/ui/foo?id_user="))
	if number, err := strconv.Atoi(user); !found || err != nil || number < 1 || number > 10 {
		t.Fatalf("GET / leads to %s, want /ui/foo with one of the ten first users", address)
	}
	p.awaitPeople(t, alone(p.awaitLive(t, node.Name, "foo", user)))
}

func choosing(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	node := cluster.Nodes[0]
	p := chrome.open(t, node.URL("/?choose"))
	p.do(t, chromedp.WaitVisible(testID("choose-2")))
	p.looksWell(t, "choose")

	p.do(t,
		chromedp.Focus(testID("choose-room")),
		chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`),
		chromedp.KeyEvent("chosen / one"),
		chromedp.WaitVisible(chromedp.CSS(`[href="/ui/chosen%20%2F%20one?id_user=2"]`)),
		chromedp.Click(testID("choose-2")),
	)
	p.awaitPeople(t, alone(p.awaitLive(t, node.Name, "chosen / one", "2")))
}

func whoAreYou(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	node := cluster.Nodes[1]
	p := chrome.open(t, node.URL("/ui/nobody"))
	p.do(t, chromedp.WaitVisible(testID("choose-4")))
	p.looksWell(t, "room-who")
	p.do(t, chromedp.Click(testID("choose-4")))
	p.awaitLive(t, node.Name, "nobody", "4")
}

func noRoom(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	p := chrome.open(t, cluster.Nodes[0].URL("/ui/%FF?id_user=1"))
	p.awaits(t, func(seen view) error {
		if seen.Room != "This address names no room" || seen.State != "Refused" {
			return fmt.Errorf("shows no refusal: %+v", seen)
		}
		return nil
	})
	p.looksWell(t, "room-bad-address")
}

// The other tests fail if a policy is violated; here it is seen that there is one.
func policy(t *testing.T, cluster *harness.Cluster, _ *browser) {
	node := cluster.Nodes[0]
	answer, err := node.Do(http.MethodGet, roomPath("foo", "1"), "")
	if err != nil {
		t.Fatal(err)
	}
	policy := answer.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
		t.Errorf("the page's Content-Security-Policy is %q", policy)
	}
}
