//go:build unix

package e2e

import (
	"crypto/tls"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
	"github.com/rollcall/rollcall/cmd/rollcall/listen"
)

// Whoever gives a certificate of their own wants to be spoken to by TLS.
func TestWithACertificateOfItsOwnPlainHTTPLeadsToTLS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if _, err := listen.SelfSigned(folder, time.Now()); err != nil {
		t.Fatal(err)
	}
	pair := filepath.Join(folder, "tls.pem") // which has both
	agent := clients.Start(t)
	for mode, want := range map[string]struct {
		page, session int
		strict        bool
	}{
		"":         {http.StatusPermanentRedirect, http.StatusForbidden, true},
		"redirect": {http.StatusPermanentRedirect, http.StatusForbidden, true},
		"refuse":   {http.StatusForbidden, http.StatusForbidden, true},
		"serve":    {http.StatusOK, http.StatusSwitchingProtocols, false},
	} {
		t.Run(mode, func(t *testing.T) {
			// It gets ready, though its supervisor asks in plain text.
			cluster := harness.StartLocal(t, 2, "--tls-cert", pair, "--tls-key", pair, "--plain", mode)
			const path = "/ui/a%2Fb?id_user=1"
			for _, address := range []string{cluster.Addr, cluster.Nodes[0].Addr} {
				answer, err := cluster.HTTP.Get("http://" + address + path)
				if err != nil {
					t.Fatal(err)
				}
				_ = answer.Body.Close()
				location := answer.Header.Get("Location")
				if answer.StatusCode != want.page || answer.StatusCode == http.StatusPermanentRedirect && location != "https://"+address+path {
					t.Errorf("in plain text: %d %q", answer.StatusCode, location)
				}
				if answer.Header.Get("Strict-Transport-Security") != "" {
					t.Error("plain text is believed to be from us (RFC 6797 §7.2)")
				}
				answer, err = cluster.HTTP.Get("https://" + address + path)
				if err != nil {
					t.Fatal(err)
				}
				_ = answer.Body.Close()
				if strict := answer.Header.Get("Strict-Transport-Security") != ""; answer.StatusCode != http.StatusOK || strict != want.strict {
					t.Errorf("by TLS: %d %v", answer.StatusCode, answer.Header)
				}
			}
			for scheme, status := range map[string]int{"ws": want.session, "wss": http.StatusSwitchingProtocols} {
				dialer := websocket.Dialer{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // it is signed by itself
				conn, answer, err := dialer.Dial(scheme+"://"+cluster.Addr+"/socket.io/?EIO=4&transport=websocket&room=r&id_user=1", nil)
				if err == nil {
					_ = conn.Close()
				}
				if answer == nil || answer.StatusCode != status {
					t.Errorf("%s: %v, %v; want %d", scheme, answer, err, status)
				}
			}
			client := agent.Connect(clients.Options{
				Version: clients.V48, URL: "https://" + cluster.Addr, Query: map[string]any{"room": "Maths", "id_user": 1},
				Extra: map[string]any{"rejectUnauthorized": false},
			})
			client.AwaitEvent(t, harness.Patience, "handshake")
			client.Disconnect()
			if !strings.HasPrefix(cluster.Dashboard(t).String(), "https://") {
				t.Errorf("the dashboard is at %s", cluster.Dashboard(t))
			}
		})
	}
}
