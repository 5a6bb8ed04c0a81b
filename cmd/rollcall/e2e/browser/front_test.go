//go:build unix

package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// A browser comes in through nginx, however that passes requests on: to the room page, and
// to the dashboard, which asks for the token.
func TestThePagesWorkThroughNginx(t *testing.T) {
	t.Parallel()
	cluster := harness.Start(t, 1, "--trusted-proxy", "127.0.0.1", "--admin-token", adminToken)
	front, chrome := harness.StartFront(t, cluster.Nodes), startBrowser(t)
	for way, address := range map[string]string{
		"proxy_pass only": front.Plain, "Host $host": front.Host, "X-Forwarded": front.Forwarded, "PROXY protocol": front.Announced,
	} {
		t.Run(way, func(t *testing.T) {
			room := chrome.open(t, "http://"+address+roomPath("foo", "1"))
			room.awaitPeople(t, alone(room.awaitLive(t, cluster.Nodes[0].Name, "foo", "1")))
			// A bare proxy_pass lets nobody know what was addressed: the websocket is refused,
			// and the page polls.
			forgive(t, room, way == "proxy_pass only", "403")
			room.close(t)

			dash := chrome.open(t, "http://"+address+"/dash")
			dash.do(t, chromedp.WaitVisible(chromedp.CSS("#token:focus")), chromedp.KeyEvent(adminToken+"\r"))
			dash.awaitsDash(t, func(seen dashView) error {
				if seen.State != "Live" || len(seen.Tiles) != len(cluster.Nodes) {
					return fmt.Errorf("is not let in: %+v", seen)
				}
				return nil
			})
			forgive(t, dash, true, "401", "403")
		})
	}
}

// forgive forgets the browser's complaints about refusals that had to be.
func forgive(t *testing.T, p *page, had bool, statuses ...string) {
	t.Helper()
	for _, complaint := range p.complaints.forget() {
		if !had || !slices.ContainsFunc(statuses, func(s string) bool { return strings.Contains(complaint, s) }) {
			t.Error(complaint)
		}
	}
}
