//go:build unix

package crowd

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// AdminToken opens what is for operators, at nodes with the flags of Operated.
const AdminToken = "a token for the operators"

// Gauge is what a node uses at a moment.
type Gauge struct {
	Bytes      float64 // of memory, resident
	Goroutines float64
	Sockets    float64
}

func (g Gauge) String() string {
	return fmt.Sprintf("%.0f MB, %.0f goroutines, %.0f sockets", g.Bytes/1e6, g.Goroutines, g.Sockets)
}

// Operated are the flags of nodes whose operators may look at them.
func Operated() []string { return []string{"--admin-token", AdminToken, "--log-level", "info"} }

// Metrics asks a node for its metrics, as its operators may.
func (c *Crowd) Metrics(node *harness.Node) (map[string]*dto.MetricFamily, error) {
	ctx, cancel := context.WithTimeout(context.Background(), harness.Patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, node.URL("/metrics"), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+AdminToken)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: no metrics: %d", node.Name, response.StatusCode)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(response.Body)
}

// Measure returns what a node uses now.
func (c *Crowd) Measure(node *harness.Node) (g Gauge, err error) {
	families, err := c.Metrics(node)
	if err != nil {
		return g, err
	}
	sum := func(name string) (total float64) {
		for _, m := range families[name].GetMetric() {
			total += m.GetGauge().GetValue()
		}
		return total
	}
	g = Gauge{sum("process_resident_memory_bytes"), sum("go_goroutines"), sum("rollcall_sockets")}
	if g.Goroutines == 0 {
		err = fmt.Errorf("%s does not say how many goroutines it has", node.Name)
	}
	return g, err
}

// Total adds up the nodes. Where a socket is differs from round to round; how many
// there are does not.
func (c *Crowd) Total(t testing.TB) (sum Gauge) {
	t.Helper()
	for _, n := range c.Nodes {
		g, err := c.Measure(n)
		if err != nil {
			t.Fatal(err)
		}
		sum.Bytes, sum.Goroutines, sum.Sockets = sum.Bytes+g.Bytes, sum.Goroutines+g.Goroutines, sum.Sockets+g.Sockets
	}
	return sum
}

// Memory is how many bytes nodes had in memory, by name.
type Memory map[string]float64

// Above returns by how much the node grew most that did.
func (m Memory) Above(before Memory) (most float64) {
	for name, now := range m {
		most = max(most, now-before[name])
	}
	return most
}

// Watch looks at the memory of nodes, until most is called, which returns the most
// that each had.
func (c *Crowd) Watch(t testing.TB, nodes []*harness.Node) (most func() Memory) {
	t.Helper()
	seen := make(Memory)
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() {
		for ctx.Err() == nil {
			for _, n := range nodes {
				g, err := c.Measure(n)
				if err != nil {
					t.Error(err)
				}
				seen[n.Name] = max(seen[n.Name], g.Bytes)
			}
			Wait(ctx, 200*time.Millisecond)
		}
	})
	end := sync.OnceFunc(func() { cancel(); watching.Wait() })
	t.Cleanup(end)
	return func() Memory {
		end()
		return maps.Clone(seen)
	}
}

const (
	// LateAnswer and SlowAnswer are bounds of a node's metric. Above the first are answers
	// that took longer than the deadline of a roll, and what it may be late; an answer at
	// the deadline is not above the second, if the node is short of processor time, too.
	LateAnswer = RollDeadline + RollMargin
	SlowAnswer = 500 * time.Millisecond
)

// Answers counts the rolls that nodes have answered, and those that took them longer than
// LateAnswer and SlowAnswer. A client that is as short of processor time as the nodes are
// cannot tell its own delay from theirs.
type Answers struct{ All, Late, Slow uint64 }

// Since returns those that came after before.
func (a Answers) Since(before Answers) Answers {
	return Answers{a.All - before.All, a.Late - before.Late, a.Slow - before.Slow}
}

// Answered returns those of all nodes since they started.
func (c *Crowd) Answered(t testing.TB) (sum Answers) {
	t.Helper()
	for _, n := range c.Nodes {
		families, err := c.Metrics(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range families["rollcall_query_seconds"].GetMetric() {
			sum.All += m.GetHistogram().GetSampleCount()
			sum.Late += above(m.GetHistogram(), LateAnswer)
			sum.Slow += above(m.GetHistogram(), SlowAnswer)
		}
	}
	return sum
}

// Holds counts how long messages kept the actors of a node, by the upper bounds of the
// times in seconds. What was longer than all of them has the bound +Inf.
type Holds map[float64]uint64

// Held returns those since the node started; of a program that does not say, none.
func (c *Crowd) Held(node *harness.Node) (Holds, error) {
	families, err := c.Metrics(node)
	if err != nil {
		return nil, err
	}
	held := make(Holds)
	for _, m := range families["rollcall_actor_held_seconds"].GetMetric() {
		below := uint64(0)
		for _, b := range m.GetHistogram().GetBucket() {
			held[b.GetUpperBound()] += b.GetCumulativeCount() - below
			below = b.GetCumulativeCount()
		}
		if rest := m.GetHistogram().GetSampleCount() - below; rest > 0 {
			held[math.Inf(1)] += rest
		}
	}
	return held, nil
}

// Longest returns the bound of the longest that came after before; 0 if none did.
func (h Holds) Longest(before Holds) (bound float64) {
	for b, n := range h {
		if n > before[b] {
			bound = max(bound, b)
		}
	}
	return bound
}

// above counts what was longer than a bound; if there is no such bound, than the next one.
func above(h *dto.Histogram, bound time.Duration) uint64 {
	for _, b := range h.GetBucket() {
		if b.GetUpperBound() >= bound.Seconds() {
			return h.GetSampleCount() - b.GetCumulativeCount()
		}
	}
	return 0
}
