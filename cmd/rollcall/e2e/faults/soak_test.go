//go:build unix

package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const (
	soakVariable    = "ROLLCALL_SOAK"         // how long, such as 30m
	socketsVariable = "ROLLCALL_SOAK_SOCKETS" // how many sockets stay

	adminToken = "a token for the operators"
)

// soaking says how a soak goes.
type soaking struct {
	length  time.Duration
	sockets int
	round   time.Duration // each has a fault, and ends with a verdict
}

// soakOf reads what was asked for. Without it, a soak is short and small.
func soakOf(t testing.TB) soaking {
	t.Helper()
	s := soaking{length: time.Second, sockets: 200, round: 5 * time.Second}
	if os.Getenv(soakVariable) != "" {
		s.length = lengthOf(t, soakVariable, s.length)
		s.sockets, s.round = 5000, time.Minute
	}
	if text := os.Getenv(socketsVariable); text != "" {
		var err error
		if s.sockets, err = strconv.Atoi(text); err != nil {
			t.Fatalf("%s: %v", socketsVariable, err)
		}
	}
	t.Logf("a soak of %v with %d sockets; %s and %s change that", s.length, s.sockets, soakVariable, socketsVariable)
	return s
}

// crowd returns a crowd of which a room has about 50 members. Each rename concerns
// nearly all of them, since there are ten users.
func (s soaking) crowd() size {
	return size{
		rooms: max(s.sockets/50, 1), residents: s.sockets, churners: 20,
		stay: 2 * time.Second, ask: 100 * time.Millisecond, rename: 2 * time.Second,
	}
}

// gauge is what a node uses at a moment.
type gauge struct {
	bytes      float64 // of memory, resident
	goroutines float64
	sockets    float64
}

func (g gauge) String() string {
	return fmt.Sprintf("%.0f MB, %.0f goroutines, %.0f sockets", g.bytes/1e6, g.goroutines, g.sockets)
}

// operated are the flags of nodes whose operators may look at them.
func operated() []string { return []string{"--admin-token", adminToken, "--log-level", "info"} }

// metrics asks a node for its metrics, as its operators may.
func (c *crowd) metrics(node *harness.Node) (map[string]*dto.MetricFamily, error) {
	ctx, cancel := context.WithTimeout(context.Background(), harness.Patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, node.URL("/metrics"), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+adminToken)
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

// measure returns what a node uses now.
func (c *crowd) measure(node *harness.Node) (g gauge, err error) {
	families, err := c.metrics(node)
	if err != nil {
		return g, err
	}
	sum := func(name string) (total float64) {
		for _, m := range families[name].GetMetric() {
			total += m.GetGauge().GetValue()
		}
		return total
	}
	g = gauge{sum("process_resident_memory_bytes"), sum("go_goroutines"), sum("rollcall_sockets")}
	if g.goroutines == 0 {
		err = fmt.Errorf("%s does not say how many goroutines it has", node.Name)
	}
	return g, err
}

// total adds up the nodes. Where a socket is differs from round to round; how many
// there are does not.
func (c *crowd) total(t testing.TB) (sum gauge) {
	t.Helper()
	for _, n := range c.nodes {
		g, err := c.measure(n)
		if err != nil {
			t.Fatal(err)
		}
		sum.bytes, sum.goroutines, sum.sockets = sum.bytes+g.bytes, sum.goroutines+g.goroutines, sum.sockets+g.sockets
	}
	return sum
}

// soakFaults are what a soak draws from.
func soakFaults() []scene {
	return []scene{
		{name: "kill -9", play: killed(longGone)}, {name: "kill -9, back at once", play: killed(0)},
		{name: "frozen for 3 s", play: frozen(3 * time.Second)}, {name: "rolling restart", play: rolling},
		{name: "Redis killed", play: away(redisKilled)}, {name: "Redis deaf", play: away(redisDeaf)},
	}
}

// A cluster that is broken once a minute, for a long time, keeps its promises, and
// uses no more in the end than in the beginning.
func TestSoak(t *testing.T) {
	of := soakOf(t)
	s := setUpLocal(t, of.crowd(), operated()...)
	var levels []gauge
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "minute\tfault\tMB\tgoroutines\tsockets\trolls\tnamed\twrong\tlongest")
	for began := time.Now(); len(levels) == 0 || time.Since(began) < of.length; {
		ends := time.Now().Add(of.round)
		fault := pick(s.random, soakFaults())
		v := s.play(t, scene{name: fault.name, play: func(t testing.TB, s *stage) {
			fault.play(t, s)
			pass(t, time.Until(ends))
		}})
		level := s.crowd.total(t)
		levels = append(levels, level)
		fmt.Fprintf(w, "%.1f\t%s\t%.0f\t%.0f\t%.0f\t%d\t%d\t%d\t%v\n", time.Since(began).Minutes(), fault.name,
			level.bytes/1e6, level.goroutines, level.sockets, v.Asked, v.Named, len(v.Wrong), v.Longest.Round(time.Millisecond))
		t.Logf("all nodes: %v", level)
	}
	_ = w.Flush() // into memory
	s.sumUp("soak")
	t.Logf("the report:\n%s%s", table.String(), history.Table(s.rows...))
	for _, growth := range grows(levels) {
		t.Error(growth)
	}
}

func pick[E any](random *rand.Rand, of []E) E { return of[random.IntN(len(of))] }
