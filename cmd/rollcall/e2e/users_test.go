//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Users come by a route or a command, and go by one. Stock clients of who is gone are
// hung up on, come back by themselves, and are told that there is no such user.
func TestUsersComeAndGo(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 2, patientRoll, "--admin-token", adminToken), clients.Start(t)
	for _, test := range []struct {
		name, user  string
		add, remove func(t *testing.T, user string)
	}{
		{
			"by routes", "ann@example.com",
			func(t *testing.T, user string) {
				body := fmt.Sprintf(`{"id_user":%q,"name":"Ann"}`, user)
				answer, err := cluster.Nodes[0].Do(http.MethodPost, "/users", body, asOperator)
				if err != nil || answer.Status != http.StatusCreated || answer.Header.Get("Location") != "/users/"+url.PathEscape(user) {
					t.Fatalf("%+v, %v", answer, err)
				}
			},
			func(t *testing.T, user string) {
				answer, err := cluster.Nodes[1].Do(http.MethodDelete, "/users/"+url.PathEscape(user), "", asOperator, `If-Match: W/"1"`)
				if err != nil || answer.Status != http.StatusNoContent {
					t.Fatalf("%+v, %v", answer, err)
				}
			},
		},
		{
			"by commands, over Redis", "auth0|5f7c",
			func(t *testing.T, user string) { cluster.Run(t, "users", "add", user, "Ann") },
			func(t *testing.T, user string) {
				if out := cluster.Run(t, "users", "remove", user, "--redis-url", cluster.Redis.URL()); !strings.Contains(out, "were told") {
					t.Error(out)
				}
			},
		},
		{
			"by commands, by the log", "007",
			func(t *testing.T, user string) { cluster.Run(t, "users", "add", user, "James") },
			func(t *testing.T, user string) { cluster.Run(t, "users", "remove", user) },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			room := "users " + test.name
			test.add(t, test.user)
			witness := attend(t, agent, cluster.Nodes[0], clients.V48, room, "1")
			var gone []*attendee
			var roomless []*clients.Client
			for _, node := range cluster.Nodes {
				for _, version := range clients.Versions() {
					for _, transport := range transportsOf(version) {
						query := map[string]any{"room": room, "id_user": test.user}
						options := clients.Options{Version: version, URL: node.URL(""), Query: query, Extra: map[string]any{
							"reconnection": true, "reconnectionDelay": 50, "reconnectionDelayMax": 200, "transports": []string{transport},
						}}
						gone = append(gone, seated(t, agent.Connect(options), node, node, room, test.user))
						options.Query = map[string]any{"id_user": test.user}
						client := agent.Connect(options)
						client.AwaitEvent(t, harness.Patience, "handshake")
						roomless = append(roomless, client)
					}
				}
			}
			test.remove(t, test.user)
			for _, a := range gone {
				roomless = append(roomless, a.Client)
				hears(t, []*attendee{witness}, "socket-disconnected", a.id, test.user)
			}
			for _, client := range roomless {
				client.AwaitKind(t, harness.Patience, clients.Disconnected)
				refused := client.AwaitKind(t, harness.Patience, clients.Refused)
				if want := fmt.Sprintf("There is no user %q", test.user); !strings.Contains(refused.Message, want) {
					t.Errorf("%v: refused with %q", client, refused.Message)
				}
				if got := client.Events("identity-change"); len(got) > 0 {
					t.Errorf("%v was told %v", client, got)
				}
				client.Close()
			}
			mustBeExact(t, cluster.Nodes, room, seats(witness))
			if got := witness.Events("identity-change"); len(got) > 0 {
				t.Errorf("the witness was told %v", got)
			}
			witness.Disconnect()

			test.add(t, test.user) // and in again
			back := attend(t, agent, cluster.Nodes[1], clients.V48, room, test.user)
			if got := mustGet(t, cluster.Nodes[0], "/users/"+url.PathEscape(test.user)); !strings.Contains(got, `"version":3`) {
				t.Errorf("the user is back as %s", got)
			}
			back.Disconnect()
		})
	}
}

// An import is there for clients at once, and what it renames is told.
func TestUsersAreImportedWhileNodesRun(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 2, patientRoll), clients.Start(t)
	watcher := attend(t, agent, cluster.Nodes[0], clients.V48, "imports", "2")
	file := filepath.Join(t.TempDir(), "people.csv")
	text := "id_user,name\r\n\"Smith, Ann\",Ann Smith\r\n2,Maria\r\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out := cluster.Run(t, "users", "import", "--update", file, "--redis-url", cluster.Redis.URL())
	if out != "added: 1, renamed: 1, unchanged: 0, refused: 0; the nodes were told\n" {
		t.Error(out)
	}
	var changed struct {
		User    string `json:"id_user"`
		Version int64
	}
	if event := watcher.AwaitEvent(t, harness.Patience, "identity-change"); !event.Arg(0, &changed) || changed.User != "2" || changed.Version != 2 {
		t.Errorf("told %v", event)
	}
	attend(t, agent, cluster.Nodes[1], clients.V48, "imports", "Smith, Ann").Disconnect()
	if got, want := mustGet(t, cluster.Nodes[1], "/users?id_user="+url.QueryEscape("Smith, Ann")), `[{"id_user":"Smith, Ann","name":"Ann Smith","version":1}]`; got != want {
		t.Errorf("users: %s", got)
	}
	if out := cluster.Run(t, "users", "list"); !strings.Contains(out, "2\tMaria\t2\n") || strings.Count(out, "\n") != 11 {
		t.Error(out)
	}
}
