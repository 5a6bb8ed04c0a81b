//go:build unix

package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// stockPage is a page without a build of its own, as the documentation of Socket.IO
// has it: it loads the client from the server that it connects to.
const stockPage = `<!doctype html><link rel="icon" href="data:,"><title>connecting</title>%s
	const socket = io('%s', { query: { room: 'stock', id_user: 1 } });
	socket.on('handshake', ({ procid }) => {
		document.title = procid + ' by ' + socket.io.engine.transport.name;
		socket.io.engine.on('upgrade', () => { document.title = procid + ' by ' + socket.io.engine.transport.name; });
	});
	socket.on('connect_error', (error) => { document.title = error.message; });
</script>`

func TestStockPagesLoadTheClientFromTheNode(t *testing.T) {
	var page string
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, page)
	}))
	t.Cleanup(site.Close)
	node, chrome := harness.Start(t, 1, "--cors-origin", site.URL).Nodes[0], startBrowser(t)
	for _, load := range []string{
		`<script src="%s/socket.io/socket.io.js"></script><script>`,
		`<script src="%s/socket.io/socket.io.min.js?v=x" crossorigin></script><script>`,
		`<script type="module">import { io } from '%s/socket.io/socket.io.esm.min.js';`,
	} {
		t.Run(load, func(t *testing.T) {
			page = fmt.Sprintf(stockPage, fmt.Sprintf(load, node.URL("")), node.URL(""))
			p := chrome.open(t, site.URL)
			harness.Eventually(t, harness.Patience, func() error {
				if title, err := run(p, chromedp.Title()); err != nil || title != node.Name+" by websocket" {
					return fmt.Errorf("%q, %w", title, err)
				}
				return nil
			})
			for _, heard := range p.complaints.forget() {
				if !strings.HasPrefix(heard, "foreign request: ") { // that is what it is for
					t.Error(heard)
				}
			}
		})
	}
}

// Our own page works behind an nginx that passes on nothing but the request: Chromium
// does not say of a websocket that it is of the same site, and so it polls first, and
// for good where no websocket comes through.
func TestOurPageWorksThroughABareProxy(t *testing.T) {
	cluster, chrome := harness.Start(t, 2), startBrowser(t)
	port := harness.Ports(t, 2)
	var servers strings.Builder
	for i, also := range []string{"", "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"} {
		fmt.Fprintf(&servers, "server { listen 127.0.0.1:%d; location / { proxy_pass http://nodes; %s } }\n", port+i, also)
	}
	harness.StartNginx(t, cluster.Nodes, []int{port, port + 1}, servers.String(), "")
	for i, name := range []string{"proxy_pass alone", "with websockets"} {
		t.Run(name, func(t *testing.T) {
			p := chrome.open(t, "http://"+harness.Loopback(port+i)+roomPath(name, "2"))
			seen := p.awaits(t, func(seen view) error {
				if seen.State != "Live" || seen.Me.User != "2" || len(seen.People) != 1 {
					return fmt.Errorf("is not in: %+v", seen)
				}
				return nil
			})
			called := "Behind " + name
			p.rename(t, called)
			p.awaits(t, func(now view) error {
				if now.Me.Name != called || now.Me.Socket != seen.Me.Socket {
					return fmt.Errorf("has another name: %+v", now)
				}
				return nil
			})
			heard := p.complaints.forget()
			if !slices.ContainsFunc(heard, refusedWebsocket) {
				t.Errorf("no websocket was refused, so that this shows nothing: %q", heard)
			}
			for _, line := range slices.DeleteFunc(heard, refusedWebsocket) {
				t.Error(line)
			}
		})
	}
}

func refusedWebsocket(line string) bool { return strings.Contains(line, "WebSocket connection") }
