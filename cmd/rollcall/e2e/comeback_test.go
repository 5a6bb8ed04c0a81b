//go:build unix

package e2e

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/uptrace/bun/driver/sqliteshim"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// A refusal that may pass by itself never ends an official client: it is not told
// CONNECT_ERROR, which it takes for final, and so comes back by itself.
func TestClientsComeBackFromAPassingRefusal(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 1, patientRoll, "--max-per-room", "1"), clients.Start(t)
	node := cluster.Nodes[0]
	for _, version := range clients.Versions() {
		for _, transport := range transportsOf(version) {
			back := map[string]any{
				"reconnection": true, "reconnectionDelay": 50, "reconnectionDelayMax": 200, "transports": []string{transport},
			}
			t.Run(fmt.Sprintf("the room is full, client %s by %s", version, transport), func(t *testing.T) {
				room := fmt.Sprintf("full %s %s", version, transport)
				first := attend(t, agent, node, clients.V48, room, "1")
				second := agent.Connect(clients.Options{
					Version: version, URL: node.URL(""), Query: map[string]any{"room": room, "id_user": "2"}, Extra: back,
				})
				awaitsTurn(t, second)
				first.Disconnect()
				second.AwaitEvent(t, harness.Patience, "handshake")
				second.Close()
			})
			t.Run(fmt.Sprintf("users cannot be read, client %s by %s", version, transport), func(t *testing.T) {
				room := fmt.Sprintf("unread %s %s", version, transport)
				user := fmt.Sprintf("new %s %s", version, transport) // the node has not seen it
				change(t, cluster, "INSERT INTO users (id_user, name) VALUES (?, 'New')", user)
				change(t, cluster, "ALTER TABLE users RENAME TO hidden")
				client := agent.Connect(clients.Options{
					Version: version, URL: node.URL(""), Query: map[string]any{"room": room, "id_user": user}, Extra: back,
				})
				awaitsTurn(t, client)
				change(t, cluster, "ALTER TABLE hidden RENAME TO users")
				client.AwaitEvent(t, harness.Patience, "handshake")
				client.Close()
			})
		}
	}
}

// transportsOf returns the transports that we have for clients of a version.
func transportsOf(version clients.Version) []string {
	if version == clients.V21 || version == clients.V25 {
		return []string{"websocket"}
	}
	return []string{"websocket", "polling"}
}

// awaitsTurn waits until a client was hung up on twice, and was not refused for good.
func awaitsTurn(t *testing.T, client *clients.Client) {
	t.Helper()
	harness.Eventually(t, harness.Patience, func() error {
		times := 0
		for _, r := range client.Reports() {
			switch r.Kind {
			case clients.Refused:
				t.Fatalf("refused for good: %v", r)
			case clients.Event:
				t.Fatalf("was let in: %v", r)
			case clients.Disconnected, clients.Failed:
				times++
			}
		}
		if times < 2 {
			return fmt.Errorf("was hung up on %d times: %v", times, client.Reports())
		}
		return nil
	})
}

// change changes the user store behind the nodes' backs.
func change(t *testing.T, cluster *harness.Cluster, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open(sqliteshim.ShimName, "file:"+cluster.Database()+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}
