//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const (
	adminToken = "a token for the operators"
	asOperator = "Authorization: Bearer " + adminToken
)

// clusterState is what tests look at of the dashboard's state.
type clusterState struct {
	Node  string
	Nodes []struct {
		Node, Status    string
		Since           time.Time
		Sockets         int
		Redis, Database struct{ State, Error string }
	}
	Traffic []struct {
		From, To string
		Messages float64 `json:"messages_per_s"`
	}
}

// of returns the status of a node, "" if it is not named.
func (s clusterState) of(node *harness.Node) string {
	for _, n := range s.Nodes {
		if n.Node == node.Name {
			return n.Status
		}
	}
	return ""
}

func stateAt(node *harness.Node) (clusterState, error) {
	var s clusterState
	answer, err := node.Do(http.MethodGet, "/api/dash/nodes", "", asOperator)
	if err == nil && answer.Status != http.StatusOK {
		err = fmt.Errorf("%d %s", answer.Status, answer.Body)
	}
	if err == nil {
		err = json.Unmarshal([]byte(answer.Body), &s)
	}
	return s, err
}

// scrape returns the sum of a metric of a node, of what has all of those labels.
func scrape(t testing.TB, node *harness.Node, name string, labels ...string) float64 {
	t.Helper()
	answer, err := node.Do(http.MethodGet, "/metrics", "", asOperator)
	if err != nil || answer.Status != http.StatusOK {
		t.Fatalf("%v %v", answer, err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(answer.Body))
	if err != nil {
		t.Fatal(err)
	}
	if families[name] == nil {
		t.Fatalf("there is no %s in\n%s", name, answer.Body)
	}
	total := 0.0
	for _, m := range families[name].GetMetric() {
		if slices.ContainsFunc(labels, func(l string) bool { return !hasLabel(m, l) }) {
			continue
		}
		total += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	return total
}

func hasLabel(m *dto.Metric, label string) bool {
	name, value, _ := strings.Cut(label, "=")
	return slices.ContainsFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetName() == name && l.GetValue() == value })
}

func TestMetricsMoveWithWhatHappens(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 4, patientRoll, "--admin-token", adminToken), clients.Start(t)
	node := cluster.Nodes[0]
	metric := func(name string, labels ...string) float64 { return scrape(t, node, name, labels...) }
	if metric("rollcall_members") != 4 || metric("rollcall_sockets") != 0 || metric("rollcall_build_info") != 1 || metric("go_goroutines") == 0 {
		t.Error("a fresh node shows something else")
	}
	rolls := metric("rollcall_queries_total", "outcome=complete")
	here := attend(t, agent, node, clients.V48, "Maths", "1") // takes one roll
	there := attend(t, agent, cluster.Nodes[1], clients.V25, "Maths", "2")
	mustBeExact(t, []*harness.Node{node}, "Maths", seats(here, there))
	if got := metric("rollcall_queries_total", "outcome=complete"); got < rolls+2 || metric("rollcall_query_seconds") != got {
		t.Errorf("%v rolls after %v", got, rolls)
	}
	for name, want := range map[string]float64{
		"rollcall_joins_total": 1, "rollcall_leaves_total": 0, "rollcall_sockets": 1, "rollcall_rooms": 1, "rollcall_panics_total": 0, "rollcall_database_up": 1,
	} {
		if got := metric(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	harness.Eventually(t, harness.Patience, func() error {
		if got := metric("rollcall_redis_up"); got != 1 {
			return fmt.Errorf("Redis is up: %v", got)
		}
		return nil
	})
	if metric("rollcall_actor_messages_sent_total", "peer=node-2") == 0 || metric("rollcall_socket_bytes_total", "direction=out") == 0 ||
		metric("rollcall_http_requests_total", "route=engine", "status=101") != 1 {
		t.Error("traffic is not counted")
	}
	if _, err := cluster.Nodes[1].Rename("1", "Jack"); err != nil {
		t.Fatal(err)
	}
	hearIdentity(t, []*attendee{here, there}, "1", 2)
	if metric("rollcall_identity_lag_seconds") != 1 || metric("rollcall_identity_changes_total") < 1 {
		t.Error("a change of a user is not counted")
	}
	here.Disconnect()
	hears(t, []*attendee{there}, "socket-disconnected", here.id, "1")
	harness.Eventually(t, harness.Patience, func() error {
		if leaves, sockets := metric("rollcall_leaves_total"), metric("rollcall_sockets"); leaves != 1 || sockets != 0 {
			return fmt.Errorf("%v leaves, %v sockets", leaves, sockets)
		}
		return nil
	})
}

func TestWhoIsNoOperatorSeesNothing(t *testing.T) {
	t.Parallel()
	locked, off := harness.Start(t, 1, "--admin-token", adminToken).Nodes[0], harness.Start(t, 1).Nodes[0]
	for _, path := range []string{"/metrics", "/api/dash", "/api/dash/nodes", "/api/dash/samples", "/api/dash/actors", "/api/dash/rooms/Maths"} {
		for _, test := range []struct {
			node   *harness.Node
			header string
			want   int
		}{
			{locked, asOperator, http.StatusOK}, {locked, "Accept: */*", http.StatusUnauthorized},
			{locked, "Authorization: Bearer wrong", http.StatusUnauthorized}, {off, asOperator, http.StatusNotFound},
		} {
			answer, err := test.node.Do(http.MethodGet, path, "", test.header)
			if err != nil || answer.Status != test.want {
				t.Errorf("%s with %q: %v %v, want %d", path, test.header, answer, err, test.want)
			}
			if answer.Status == http.StatusUnauthorized && !strings.HasPrefix(answer.Header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s: WWW-Authenticate: %q", path, answer.Header.Get("WWW-Authenticate"))
			}
		}
	}
}
