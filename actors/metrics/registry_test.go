package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"

	"github.com/rollcall/rollcall/actors/directory"
)

// example is a node of which something can be said under every name.
func example() Exposition {
	m := new(Metrics)
	m.Sockets.Of(4, true).Add(3)
	m.In.Add(2, 20)
	m.Silent.Of("node-2").Add(1)
	m.Sent.Of("127.0.0.1:1").Add(5)
	m.Sent.Of("127.0.0.1:2").Add(7)
	m.Sent.Of("nobody").Add(9)
	m.Requests.Answered(Roll, 200)
	m.Latency.Observe(time.Millisecond)
	m.Failures.Note(directory.RosterKind, "Maths", "boom", time.Now())
	return Exposition{
		Metrics: m, Actors: new(directory.Directory), Version: "v1",
		Moment: func() Moment { return Moment{Members: 4, RedisUp: true, Heard: 6} },
		NameOf: func(address string) string {
			return map[string]string{"127.0.0.1:1": "node-2", "127.0.0.1:2": "node-2"}[address]
		},
	}
}

func TestPrometheusFindsNoFaultWithTheFigures(t *testing.T) {
	registry := NewRegistry(example())
	families, err := registry.Gather() // it checks what the collector said
	if err != nil {
		t.Fatal(err)
	}
	var ours []string
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "rollcall_") {
			ours = append(ours, f.GetName())
		}
	}
	if want := names(); !slices.Equal(ours, want) {
		t.Errorf("(-figures +gathered):\n%s", cmp.Diff(want, ours))
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}

func TestFiguresSayWhatWasCounted(t *testing.T) {
	families, err := NewRegistry(example()).Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		`rollcall_actor_messages_sent_total{peer="node-2"} 12`, // from two addresses; of who is no member nothing
		`rollcall_identity_changes_total{way="redis"} 6`,
		`rollcall_redis_up 1`,
		`rollcall_database_up 0`,
		`rollcall_members 4`,
		`rollcall_sockets{protocol="4",transport="websocket"} 3`,
		`rollcall_socket_bytes_total{direction="in"} 20`,
		`rollcall_silent_nodes_total{peer="node-2"} 1`,
		`rollcall_http_requests_total{route="roll",status="200"} 1`,
		`rollcall_query_seconds_bucket{le="0.001"} 1`,
		`rollcall_query_seconds_bucket{le="0.0005"} 0`,
		`rollcall_panics_total{kind="roster"} 1`,
	} {
		if !strings.Contains(text.String(), want+"\n") {
			t.Errorf("there is no %s", want)
		}
	}
	if strings.Contains(text.String(), "nobody") {
		t.Error("somebody who is no member is named")
	}
}

func names() []string {
	var list []string
	for _, f := range figures() {
		list = append(list, f.name)
	}
	slices.Sort(list)
	return list
}

// The table of the README is what the program says of itself, word for word.
func TestReadmeNamesEveryMetric(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `(rollcall_[a-z0-9_]+)` \\| ([a-z]+) \\| ([^|]*) \\| ([^|]*) \\|$")
	type entry struct{ kind, labels, help string }
	got, want := make(map[string]entry), make(map[string]entry)
	for _, found := range row.FindAllStringSubmatch(string(readme), -1) {
		got[found[1]] = entry{found[2], found[3], found[4]}
	}
	for _, f := range figures() {
		labels := ""
		if len(f.labels) > 0 {
			labels = "`" + strings.Join(f.labels, "`, `") + "`"
		}
		want[f.name] = entry{f.kind, labels, f.help}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(entry{})); diff != "" {
		t.Errorf("(-program +README):\n%s", diff)
	}
}

func TestTheGrafanaDashboardAsksForWhatThereIs(t *testing.T) {
	text, err := os.ReadFile("grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		SchemaVersion int
		Templating    struct{ List []struct{ Name, Type string } }
		Panels        []struct {
			Title, Type string
			GridPos     struct{ X, Y, W, H int }
			Targets     []struct {
				Expr       string
				Datasource struct{ UID string }
			}
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	if dashboard.SchemaVersion < 39 || len(dashboard.Templating.List) == 0 || dashboard.Templating.List[0].Type != "datasource" {
		t.Errorf("schema %d, variables %v", dashboard.SchemaVersion, dashboard.Templating.List)
	}
	families, err := NewRegistry(example()).Gather()
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, f := range families {
		known[f.GetName()] = true
		if f.GetType().String() == "HISTOGRAM" {
			known[f.GetName()+"_bucket"], known[f.GetName()+"_count"], known[f.GetName()+"_sum"] = true, true, true
		}
	}
	metric := regexp.MustCompile(`\b(rollcall|go|process)_[a-z0-9_]+\b`)
	for _, p := range dashboard.Panels {
		if p.Type != "row" && len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %q shows nothing, or does not fit", p.Title)
		}
		for _, target := range p.Targets {
			asked := metric.FindAllString(target.Expr, -1)
			if len(asked) == 0 || target.Datasource.UID != "${datasource}" {
				t.Errorf("panel %q: %s of %s", p.Title, target.Expr, target.Datasource.UID)
			}
			for _, name := range asked {
				if !known[name] {
					t.Errorf("panel %q: there is no %s", p.Title, name)
				}
			}
		}
	}
}
