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

func TestAnUnknownUserIsToldWhyAndCanComeInAsAnother(t *testing.T) {
	cluster, chrome := harness.Start(t, 1), startBrowser(t)
	node := cluster.Nodes[0]

	p := chrome.open(t, node.URL(roomPath("foo", 999)))
	p.awaits(t, func(seen view) error {
		if seen.State != "Refused" || seen.Room != "foo" || !strings.Contains(seen.Refusal, "no user 999") {
			return fmt.Errorf("shows no refusal: %+v", seen)
		}
		return nil
	})

	p.do(t, chromedp.Click(testID("choose-3")))
	mike := p.awaitLive(t, node.Name, "foo", 3)
	p.awaitPeople(t, alone(mike))
}

func TestTheRootLeadsIntoARoomAsOneOfTheUsers(t *testing.T) {
	cluster, chrome := harness.Start(t, 1), startBrowser(t)
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
	var user int64
	if _, err := fmt.Sscanf(address, node.URL("/ui/foo?id_user=%d"), &user); err != nil || user < 1 || user > 10 {
		t.Fatalf("GET / leads to %s, want /ui/foo with one of the ten first users", address)
	}
	p.awaitPeople(t, alone(p.awaitLive(t, node.Name, "foo", user)))
}

// The other tests fail if a policy is violated; here it is seen that there is one.
func TestThePageAllowsItselfOnlyItsOwnFiles(t *testing.T) {
	node := harness.Start(t, 1).Nodes[0]
	answer, err := node.Do(http.MethodGet, roomPath("foo", 1), "")
	if err != nil {
		t.Fatal(err)
	}
	policy := answer.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
		t.Errorf("the page's Content-Security-Policy is %q", policy)
	}
}
