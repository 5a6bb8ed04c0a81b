//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// oversee opens the dashboard's namespace.
func oversee(agent *clients.Agent, node *harness.Node, token string, transports ...string) *clients.Client {
	extra := map[string]any{"auth": map[string]any{"token": token}}
	if len(transports) > 0 {
		extra["transports"] = transports
	}
	return agent.Connect(clients.Options{Version: clients.V48, URL: node.URL("/dash"), Extra: extra})
}

// awaitState waits until a watcher is told of a state that fits.
func awaitState(t testing.TB, watcher *clients.Client, what string, fits func(clusterState) bool) (told clusterState) {
	t.Helper()
	watcher.Await(t, harness.Patience, what, func(r clients.Report) bool {
		var s clusterState
		if !r.IsEvent("state") || !r.Arg(0, &s) || !fits(s) {
			return false
		}
		told = s
		return true
	})
	return told
}

func TestTheDashboardNamesTheFrozenNode(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 4, "--admin-token", adminToken), clients.Start(t)
	asked, victim := cluster.Nodes[0], cluster.Nodes[3]
	far := attend(t, agent, victim, clients.V48, "Maths", "1")
	byWebsocket := oversee(agent, asked, adminToken)
	byPolling := oversee(agent, cluster.Nodes[1], adminToken, "polling")
	for _, w := range []*clients.Client{byWebsocket, byPolling} {
		s := awaitState(t, w, "four nodes that are up, and their traffic", func(s clusterState) bool {
			for _, n := range cluster.Nodes {
				if s.of(n) != "up" {
					return false
				}
			}
			return len(s.Nodes) == 4 && len(s.Traffic) > 0
		})
		for _, n := range s.Nodes {
			if n.Redis.State != "up" || n.Database.State != "up" {
				t.Errorf("%+v", n)
			}
		}
		w.AwaitEvent(t, harness.Patience, "samples")
	}

	victim.Freeze()
	frozen := time.Now()
	for _, w := range []*clients.Client{byWebsocket, byPolling} {
		suspect := awaitState(t, w, "the suspect", func(s clusterState) bool { return s.of(victim) == "suspect" })
		for _, n := range suspect.Nodes {
			if n.Node == victim.Name && n.Sockets != 1 {
				t.Errorf("the last known figures are not kept: %+v", n)
			}
		}
		gone := awaitState(t, w, "the lost", func(s clusterState) bool { return s.of(victim) == "gone" })
		for _, n := range gone.Nodes {
			if n.Node == victim.Name && n.Since.Before(frozen.Add(-time.Second)) {
				t.Errorf("gone before it was frozen: %+v", n)
			}
		}
	}
	victim.Thaw()
	for _, n := range cluster.Nodes[:2] {
		harness.Eventually(t, harness.Patience, func() error {
			s, err := stateAt(n)
			if err == nil && s.of(victim) != "up" {
				err = fmt.Errorf("%s is %q", victim.Name, s.of(victim))
			}
			return err
		})
	}
	far.Disconnect()

	victim.Terminate()
	harness.Eventually(t, harness.Patience, func() error {
		s, err := stateAt(asked)
		if err == nil && s.of(victim) != "gone" {
			err = fmt.Errorf("%s, which said goodbye, is %q", victim.Name, s.of(victim))
		}
		return err
	})
}

func TestTheDashboardIsRefusedWithoutTheToken(t *testing.T) {
	t.Parallel()
	locked, off, agent := harness.Start(t, 1, "--admin-token", adminToken).Nodes[0], harness.Start(t, 1).Nodes[0], clients.Start(t)
	for _, test := range []struct {
		node  *harness.Node
		token string
		says  string
	}{
		{locked, "", "operators"}, {locked, "wrong", "not the admin token"}, {off, adminToken, "--admin-token"},
	} {
		refused := oversee(agent, test.node, test.token).AwaitKind(t, harness.Patience, clients.Refused)
		if !strings.Contains(refused.Message, test.says) {
			t.Errorf("refused with %q, want something of %q", refused.Message, test.says)
		}
	}
}

func TestTheDashboardShowsActorsAndRoomsOfAllNodes(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 3, patientRoll, "--admin-token", adminToken), clients.Start(t)
	a := attend(t, agent, cluster.Nodes[0], clients.V48, "Maths", "1")
	b := attend(t, agent, cluster.Nodes[1], clients.V31, "Maths", "2")
	mustBeExact(t, cluster.Nodes, "Maths", seats(a, b))

	var table struct {
		Actors []struct{ Kind, Identity, Node, Unit string }
		Silent []string
	}
	dashAnswer(t, cluster.Nodes[2], "/api/dash/actors?kind=socket&sort=identity", &table)
	nodes := make(map[string]string)
	for _, row := range table.Actors {
		nodes[row.Identity] = row.Node
	}
	if len(nodes) != 2 || nodes[a.id] != "node-1" || nodes[b.id] != "node-2" || len(table.Silent) != 0 {
		t.Errorf("%+v", table)
	}

	var room struct {
		Grain *struct {
			Node   string
			Seq    uint64
			Routes []struct {
				Node      string
				HasRoster string `json:"has_roster"`
			}
		}
		Rosters []struct {
			Node    string
			Sockets int
		}
		Differences []struct{ Node, What string }
	}
	harness.Eventually(t, harness.Patience, func() error { // the grain hears of node-3, which has nobody
		dashAnswer(t, cluster.Nodes[2], "/api/dash/rooms/Maths", &room)
		if room.Grain == nil || len(room.Grain.Routes) != 3 || room.Grain.Routes[2].HasRoster != "no" || len(room.Differences) != 0 {
			return fmt.Errorf("%+v", room)
		}
		return nil
	})
	if room.Grain.Seq != 2 || room.Grain.Routes[0].HasRoster != "yes" || len(room.Rosters) < 2 || room.Rosters[0].Sockets != 1 {
		t.Errorf("%+v", room)
	}
}

func dashAnswer(t testing.TB, node *harness.Node, path string, v any) {
	t.Helper()
	answer, err := node.Do(http.MethodGet, path, "", asOperator)
	if err != nil || answer.Status != http.StatusOK || answer.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %v %v", path, answer, err)
	}
	if err := json.Unmarshal([]byte(answer.Body), v); err != nil {
		t.Fatalf("%s: %v in %s", path, err, answer.Body)
	}
}
