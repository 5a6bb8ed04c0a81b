//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const operatorToken = "a secret for operators"

// tracedCluster starts four nodes that trace everything, and lets operators ask.
func tracedCluster(t *testing.T) *harness.Cluster {
	t.Helper()
	return harness.Start(t, 4, "--trace", "1", "--admin-token", operatorToken)
}

// gatheredTrace is the answer of GET /api/dash/traces/{trace_id}.
type gatheredTrace struct {
	Kind, Outcome   string
	Nodes           []string
	Missing, Silent []string
	DeadlineMS      *float64 `json:"deadline_ms"`
	DurationMS      float64  `json:"duration_ms"`
	Spans           []gatheredSpan
}

type gatheredSpan struct {
	Node, Actor, Identity, Name, Peer, Outcome, Error string
	SentMS                                            *float64 `json:"sent_ms"`
	ArrivedMS                                         *float64 `json:"arrived_ms"`
	StartedMS                                         float64  `json:"started_ms"`
	EndedMS                                           *float64 `json:"ended_ms"`
	Critical                                          bool
}

func (g gatheredTrace) has(node, actor, name string) bool {
	for _, s := range g.Spans {
		if s.Node == node && s.Actor == actor && s.Name == name {
			return true
		}
	}
	return false
}

// traceAt gathers a trace at a node.
func traceAt(n *harness.Node, id string) (g gatheredTrace, err error) {
	answer, err := n.Do(http.MethodGet, "/api/dash/traces/"+id, "", "Authorization: Bearer "+operatorToken)
	if err != nil {
		return g, err
	}
	if answer.Status != http.StatusOK {
		return g, fmt.Errorf("%d %s", answer.Status, answer.Body)
	}
	return g, json.Unmarshal([]byte(answer.Body), &g)
}

// The trace of a roll shows what each node did, and which one was silent until the
// deadline, whichever node is asked for it.
func TestTheTraceOfARollNamesTheSilentNode(t *testing.T) {
	t.Parallel()
	cluster, agent := tracedCluster(t), clients.Start(t)
	const room = "traced"
	company(t, agent, cluster.Nodes, room)
	victim := cluster.Nodes[3]

	healthy, err := cluster.Nodes[0].Roll(room)
	if err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, harness.Patience, func() error {
		g, err := traceAt(cluster.Nodes[1], healthy.Header.Get("Rollcall-Trace"))
		if err != nil {
			return err
		}
		for _, n := range cluster.Nodes[1:] {
			if !g.has(n.Name, "roster", "RollCall") {
				return fmt.Errorf("nothing of %s in %+v", n.Name, g)
			}
		}
		if g.Kind != "roll" || g.Outcome == "failed" || len(g.Nodes) != 4 || !g.has("node-1", "http", "GET /"+room+"/users") || !g.has("node-1", "roster", "RollReply") {
			return fmt.Errorf("trace %+v", g)
		}
		for _, s := range g.Spans {
			if s.Critical && s.EndedMS != nil && *s.EndedMS > g.DurationMS {
				return fmt.Errorf("%s on %s ends at %v of %v", s.Name, s.Node, *s.EndedMS, g.DurationMS)
			}
			if s.SentMS != nil && (*s.SentMS > *s.ArrivedMS || *s.ArrivedMS > s.StartedMS) {
				return fmt.Errorf("%s on %s was sent at %v, arrived at %v and was handled at %v", s.Name, s.Node, *s.SentMS, *s.ArrivedMS, s.StartedMS)
			}
		}
		return nil
	})

	victim.Freeze()
	defer victim.Thaw()
	silent, err := cluster.Nodes[0].Roll(room)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(silent.Missing, []string{victim.Name}) {
		t.Fatalf("missing %v", silent.Missing)
	}
	harness.Eventually(t, harness.Patience, func() error {
		g, err := traceAt(cluster.Nodes[2], silent.Header.Get("Rollcall-Trace"))
		if err != nil {
			return err
		}
		asked := slices.ContainsFunc(g.Spans, func(s gatheredSpan) bool {
			return s.Peer == victim.Name && s.Outcome == "failed" && s.Error != "" && s.Critical
		})
		if !asked || g.Outcome != "incomplete" || !slices.Equal(g.Missing, []string{victim.Name}) || !slices.Contains(g.Nodes, victim.Name) ||
			g.DeadlineMS == nil || g.has(victim.Name, "roster", "RollCall") {
			return fmt.Errorf("trace %+v", g)
		}
		return nil
	})
}

// A change of a name is followed from PUT through Redis to the rosters of every node.
func TestTheTraceOfAChangeReachesTheLastRoster(t *testing.T) {
	t.Parallel()
	cluster, agent := tracedCluster(t), clients.Start(t)
	const room = "traced"
	here := company(t, agent, cluster.Nodes, room)
	answer, err := cluster.Nodes[1].Do(http.MethodPut, "/users/"+here[0].user, `{"name":"Somebody new"}`)
	if err != nil || answer.Status != http.StatusNoContent {
		t.Fatal(answer, err)
	}
	harness.Eventually(t, harness.Patience, func() error {
		g, err := traceAt(cluster.Nodes[3], answer.Header.Get("Rollcall-Trace"))
		if err != nil {
			return err
		}
		if g.Kind != "identity" || !g.has("node-2", "store", "update") || !g.has("node-2", "redis", "publish") {
			return fmt.Errorf("trace %+v", g)
		}
		for _, n := range cluster.Nodes {
			if !g.has(n.Name, "identity", "Change") || !g.has(n.Name, "roster", "userChanged") {
				return fmt.Errorf("nothing of %s in %+v", n.Name, g)
			}
		}
		return nil
	})
}

// What is kept goes to the collector that the environment names.
func TestTracesGoToACollector(t *testing.T) {
	var (
		mu    sync.Mutex
		spans = make(map[string][]string) // names, by trace
	)
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var request collectorpb.ExportTraceServiceRequest
		if err != nil || proto.Unmarshal(body, &request) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for _, resource := range request.GetResourceSpans() {
			for _, s := range resource.GetScopeSpans()[0].GetSpans() {
				id := fmt.Sprintf("%x", s.GetTraceId())
				spans[id] = append(spans[id], s.GetName())
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	defer collector.Close()
	t.Setenv(harness.CollectorVariable, collector.URL)
	cluster := harness.Start(t, 2, "--trace", "1")
	roll, err := cluster.Nodes[0].Roll("exported")
	if err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, harness.Patience, func() error {
		mu.Lock()
		defer mu.Unlock()
		names := spans[roll.Header.Get("Rollcall-Trace")]
		for _, want := range []string{"GET /exported/users", "query", "roll call", "RollCall", "RollReply"} {
			if !slices.Contains(names, want) {
				return fmt.Errorf("no %s among %v", want, names)
			}
		}
		return nil
	})
}
