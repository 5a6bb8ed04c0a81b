//go:build unix

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// What a newcomer starts: rollcall cluster.
func TestTheLocalClusterKeepsItsNodesRunningAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.StartLocal(t, 4), clients.Start(t)

	for _, scheme := range []string{"http", "https"} {
		t.Run("the page is served over "+scheme, func(t *testing.T) {
			response, err := cluster.HTTP.Get(scheme + "://" + cluster.Addr + "/ui/Maths?id_user=1")
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), "<html") {
				t.Errorf("%d %q %v", response.StatusCode, body, err)
			}
		})
	}

	t.Run("the nodes share one port", func(t *testing.T) {
		met := make(map[string]bool)
		harness.Eventually(t, harness.Patience, func() error {
			met[nodeBehind(t, cluster)] = true
			if len(met) < len(cluster.Nodes) {
				return fmt.Errorf("only %v answered", met)
			}
			return nil
		})
	})

	const room = "Maths"
	var here []*attendee
	for i, version := range clients.Versions() {
		client := agent.Connect(clients.Options{
			Version: version, URL: "https://" + cluster.Addr, Query: map[string]any{"room": room, "id_user": i + 1},
			Extra: map[string]any{"rejectUnauthorized": false},
		})
		here = append(here, seated(t, client, nil, cluster.Nodes[i], room, strconv.Itoa(i+1)))
	}
	mustBeExact(t, cluster.Nodes, room, seats(here...))
	if _, err := cluster.Nodes[0].Rename("2", "Molly"); err != nil {
		t.Fatal(err)
	}
	hearIdentity(t, here, "2", 2)

	t.Run("a second cluster fails at once and names the port", func(t *testing.T) {
		second := cluster.Again(t)
		second.Start()
		started := time.Now()
		code := second.Exit(harness.Patience)
		if took := time.Since(started); code == 0 || took > 5*time.Second {
			t.Errorf("ended after %v with exit code %d", took, code)
		}
		address, _ := url.Parse("//" + cluster.Addr)
		if said := second.Output.String(); !strings.Contains(said, "port "+address.Port()) || strings.Contains(said, "node-") {
			t.Errorf("said %q", said)
		}
		mustBeExact(t, cluster.Nodes, room, seats(here...))
	})

	t.Run("a killed node is started again", func(t *testing.T) {
		victim := cluster.Nodes[1]
		before := cluster.Children(t)
		if len(before) != len(cluster.Nodes) {
			t.Fatalf("the children are %v", before)
		}
		if err := syscall.Kill(before[victim.Name], syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		harness.Eventually(t, harness.Patience, func() error {
			if now := cluster.Children(t)[victim.Name]; now == 0 || now == before[victim.Name] {
				return fmt.Errorf("%s is process %d", victim.Name, now)
			}
			return nil
		})
		harness.AwaitMembers(t, cluster.Nodes...)
		for name, pid := range cluster.Children(t) {
			if same := pid == before[name]; same != (name != victim.Name) {
				t.Errorf("%s is process %d, and was %d", name, pid, before[name])
			}
		}
		attend(t, agent, victim, clients.V48, "another room", "1")
	})

	// SIGTERM stops all.
	client := attend(t, agent, cluster.Nodes[0], clients.V48, "last", "1")
	children := cluster.Children(t)
	asked := time.Now()
	cluster.Terminate()
	if took := time.Since(asked); took > 10*time.Second {
		t.Errorf("took %v to stop", took)
	}
	client.AwaitKind(t, harness.Patience, clients.Disconnected)
	for name, pid := range children {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("%s, process %d, is still there: %v", name, pid, err)
		}
	}
	if !cluster.PortsAreFree() {
		t.Error("something still listens")
	}
	for _, node := range cluster.Nodes {
		if prefix := fmt.Sprintf("%-8s| ", node.Name); !strings.Contains(cluster.Output.String(), "\n"+prefix) {
			t.Errorf("no line of the log begins with %q", prefix)
		}
	}
}

// nodeBehind returns the name of the node that answers a new connection to the
// port that all share.
func nodeBehind(t testing.TB, cluster *harness.Local) string {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, "http://"+cluster.Addr+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	response, err := cluster.HTTP.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var health struct{ Node string }
	if err := json.NewDecoder(response.Body).Decode(&health); err != nil {
		t.Fatal(err)
	}
	return health.Node
}
