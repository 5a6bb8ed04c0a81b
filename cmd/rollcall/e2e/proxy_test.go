//go:build unix

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// proxied are two nodes that trust the nginx in front of them.
type proxied struct {
	*harness.Cluster
	*harness.Front
}

func startProxied(t *testing.T, flags ...string) *proxied {
	t.Helper()
	cluster := harness.Start(t, 2, append([]string{"--trusted-proxy", "127.0.0.1"}, flags...)...)
	return &proxied{Cluster: cluster, Front: harness.StartFront(t, cluster.Nodes)}
}

// opens opens a websocket, from an address of this machine if one is named, and
// returns the status of the answer. What is opened stays open until the test ends.
func opens(t *testing.T, address, query, from string, headers ...string) int {
	t.Helper()
	dialer := &net.Dialer{Timeout: harness.Patience}
	if from != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	header := http.Header{}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		header.Set(name, value)
	}
	ws := websocket.Dialer{NetDialContext: dialer.DialContext}
	conn, answer, err := ws.DialContext(t.Context(), "ws://"+address+"/socket.io/?EIO=4&transport=websocket&room=r&id_user=1"+query, header)
	if answer == nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() })
	}
	return answer.StatusCode
}

func TestOwnPagesComeInThroughAProxy(t *testing.T) {
	t.Parallel()
	p := startProxied(t, "--cors-origin", "https://*.friend.example")
	for name, address := range map[string]string{"$host": p.Host, "X-Forwarded": p.Forwarded, "PROXY protocol": p.Announced} {
		for origin, want := range map[string]int{
			"http://" + address:          http.StatusSwitchingProtocols,
			"https://a.friend.example":   http.StatusSwitchingProtocols,
			"https://friend.example":     http.StatusForbidden,
			"http://stranger.example":    http.StatusForbidden,
			"https://evilfriend.example": http.StatusForbidden,
		} {
			if got := opens(t, address, "", "", "Origin: "+origin); got != want {
				t.Errorf("%s, from %s: %d, want %d", name, origin, got, want)
			}
		}
	}

	// With the bare proxy_pass nothing tells what was addressed, but the browser where
	// it does so. What polls says no origin, and its upgrade names its session.
	own := "Origin: http://" + p.Plain
	if got := opens(t, p.Plain, "", "", own, "Sec-Fetch-Site: same-origin"); got != http.StatusSwitchingProtocols {
		t.Errorf("the browser says that it is ours: %d", got)
	}
	if got := opens(t, p.Plain, "", "", own); got != http.StatusForbidden {
		t.Errorf("nothing says that it is ours: %d", got)
	}
	harness.Eventually(t, harness.Patience, func() error {
		for _, n := range p.Nodes {
			for line := range strings.SplitSeq(n.Output.String(), "\n") {
				if strings.Contains(line, "WRN") && strings.Contains(line, `to_allow="--cors-origin http://`+p.Plain+`"`) {
					return nil
				}
			}
		}
		return fmt.Errorf("no log names the flag that lets %s in", p.Plain)
	})
}

// Official clients poll and upgrade through a proxy that gives each request to the
// next node.
func TestClientsPollAndUpgradeThroughAProxy(t *testing.T) {
	t.Parallel()
	p, agent := startProxied(t), clients.Start(t)
	for _, address := range []string{p.Plain, p.Host, p.Forwarded, p.Announced} {
		query := map[string]any{"room": "r", "id_user": 1}
		stock := agent.Connect(clients.Options{Version: clients.V48, URL: "http://" + address, Query: query,
			Extra: map[string]any{"transports": []string{"polling", "websocket"}}})
		polling := agent.Connect(clients.Options{Version: clients.V48, URL: "http://" + address, Query: query,
			Extra: map[string]any{"transports": []string{"polling"}}})
		stock.AwaitKind(t, harness.Patience, clients.Upgraded)
		for _, c := range []*clients.Client{stock, polling} {
			c.AwaitEvent(t, harness.Patience, "handshake")
			if answer := c.EmitForAck(t, harness.Patience, "identity-change"); string(answer[0]) != `{"ok":true}` {
				t.Errorf("%v: %s", c, answer)
			}
		}
	}
}

func TestClientsAreCountedBehindAProxy(t *testing.T) {
	t.Parallel()
	p := startProxied(t, "--max-per-address", "1") // of each of the two nodes
	count := func(from string, headers ...string) (taken int) {
		for range 6 {
			switch status := opens(t, p.Forwarded, "", from, headers...); status {
			case http.StatusSwitchingProtocols:
				taken++
			case http.StatusServiceUnavailable:
			default:
				t.Errorf("%d", status)
			}
		}
		return taken
	}
	for _, client := range []string{"192.0.2.1", "192.0.2.2", "8.8.8.8, 192.0.2.3", "2001:db8:1:1::1"} {
		if taken := count("", "X-Forwarded-For: "+client); taken != len(p.Nodes) {
			t.Errorf("%s: %d are taken", client, taken)
		}
	}
	for client, want := range map[string]int{"9.9.9.9, 192.0.2.3": 0, "2001:db8:1:1::2": 0, "2001:db8:1:2::1": len(p.Nodes)} {
		if taken := count("", "X-Forwarded-For: "+client); taken != want {
			t.Errorf("then %s: %d are taken, want %d", client, taken, want)
		}
	}
}

// Balancers send requests into connections that they have kept, and so a node must
// not be the first to close one.
func TestConnectionsAreKeptForAsLongAsTheFlagSays(t *testing.T) {
	t.Parallel()
	const kept = time.Second
	conn := dialPlain(t, harness.Start(t, 1, "--keep-alive", kept.String()).Nodes[0])
	for range 2 {
		if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		conn.text.Reset()
		conn.awaits("alive")
	}
	answered := time.Now()
	if rest, err := io.ReadAll(conn); err != nil || strings.TrimSpace(string(rest)) != "" {
		t.Errorf("closed with %q, %v", rest, err)
	}
	if after := time.Since(answered); after < kept-50*time.Millisecond { // it had been answered a little before
		t.Errorf("closed after %v", after)
	}
}
