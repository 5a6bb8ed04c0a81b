//go:build unix

package browser

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Whatever somebody has put into a profile is text on the page. That it loads nothing from
// elsewhere is seen as in every test: it would be a complaint.
func profileShown(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room, user = "profiles", "ann@example.com"
	node, other := cluster.Nodes[0], cluster.Nodes[1]
	order(t, other, backendKey, http.MethodPost, "/users", `{"id_user": "`+user+`", "name": "Ann", "profile": {
		"title": "Professor of Mathematics and of everything else that one can count, measure or weigh",
		"avatar": "https://elsewhere.example/ann.png", "since": 2019, "on call": true, "nested": {"a": 1}, "list": [1], "none": null,
		"markup": "<img src=x onerror=console.error(1)>", "a field that has a name that is far too long for a card": "short",
		"שלום": "עולם", "6": 6, "7": 7, "8": 8, "9": 9, "10": 10, "11": 11}}`)
	p := chrome.open(t, withToken(node, room, mint(t, user, time.Hour, nil)))
	p.awaitLive(t, node.Name, room, user)
	p.do(t, chromedp.Click(chromedp.CSS(`[data-testid="person-`+user+`"] h3 button`)))
	facts := func(want ...string) {
		t.Helper()
		harness.Eventually(t, harness.Patience, func() error {
			shown, err := run(p, chromedp.Evaluate[[]string](`[...document.querySelectorAll('[data-testid^="facts-"] > div')].map((one) =>
				one.children[0].textContent + ': ' + one.children[1].textContent)`))
			if err == nil && !slices.Equal(shown, want) {
				err = fmt.Errorf("of the profile %q is shown, want %q", shown, want)
			}
			return err
		})
	}
	// Numbers come first where an object of JavaScript has them for names.
	facts("6: 6", "7: 7", "8: 8", "9: 9", "10: 10", "11: 11",
		"title: Professor of Mathematics and of everything else that one can count, measure or weigh",
		"avatar: https://elsewhere.example/ann.png", "since: 2019", "on call: yes")
	order(t, other, backendKey, http.MethodPut, "/users/"+user, `{"profile": {
		"title": "Professor of Mathematics and of everything else that one can count, measure or weigh", "since": 2019, "on call": false,
		"markup": "<img src=x onerror=console.error(1)>", "a field that has a name that is far too long for a card": "short", "שלום": "עולם"}}`)
	facts("title: Professor of Mathematics and of everything else that one can count, measure or weigh", "since: 2019", "on call: no",
		"markup: <img src=x onerror=console.error(1)>", "a field that has a name that is far too long for a card: short", "שלום: עולם")
	p.looksWell(t, "room-profile")
	order(t, other, backendKey, http.MethodPut, "/users/"+user, `{"profile": null}`)
	facts()
}
