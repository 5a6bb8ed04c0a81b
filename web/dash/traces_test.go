package dash

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/problem"
)

// recorded is traces that a test made up.
type recorded struct {
	recent   operate.Recent
	gathered operate.Gathered
}

func (r recorded) Traces(context.Context, operate.TraceCursor, int) operate.Recent { return r.recent }

func (r recorded) Trace(context.Context, trace.ID) (operate.Gathered, error) { return r.gathered, nil }

// began is the root of a trace.
func began(node, kind, room string, user string, took int64, outcome protos.Span_Outcome, missing ...string) *protos.Span {
	return &protos.Span{
		Trace: &protos.TraceID{High: 1, Low: 2}, Id: 3, Node: node, Actor: "http", Name: "GET /" + room + "/users",
		Started: 1_700_000_000_000_000_000, Ended: 1_700_000_000_000_000_000 + took, Outcome: outcome,
		Root: &protos.Span_Root{Kind: kind, Room: room, IdUser: user, Missing: missing},
	}
}

func TestTracesAreFiltered(t *testing.T) {
	from := newTraces(recorded{recent: operate.Recent{Silent: []string{"node-4"}, Dropped: 7, Roots: []*protos.Span{
		began("node-1", "roll", "Maths", "0", 1_500_000, protos.Span_OK),
		began("node-2", "roll", "Physics", "0", 250_000_000, protos.Span_INCOMPLETE, "node-3"),
		began("node-2", "join", "Maths", "7", 900_000, protos.Span_OK),
		began("node-1", "identity", "", "2", 120_000_000, protos.Span_SLOW),
	}}}, nil)
	tests := []struct {
		query string
		want  string // nodes and kinds
	}{
		{"", "node-1 roll, node-2 roll, node-2 join, node-1 identity"},
		{"kind=roll", "node-1 roll, node-2 roll"},
		{"room=Maths", "node-1 roll, node-2 join"},
		{"room=Maths&node=node-2", "node-2 join"},
		{"node=node-3", "node-2 roll"}, // it is missing there
		{"outcome=incomplete", "node-2 roll"},
		{"id_user=2", "node-1 identity"},
		{"min_ms=1.5", "node-1 roll, node-2 roll, node-1 identity"},
		{"limit=1", "node-1 roll"},
		{"kind=nonsense", ""},
	}
	for _, test := range tests {
		query, _ := url.ParseQuery(test.query)
		got, err := from.list(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range got.Traces {
			names = append(names, s.Node+" "+s.Kind)
		}
		if strings.Join(names, ", ") != test.want || !slices.Equal(got.Silent, []string{"node-4"}) || got.Dropped != 7 {
			t.Errorf("%q: %v, %v silent, %d dropped", test.query, names, got.Silent, got.Dropped)
		}
	}
	for _, bad := range []string{"id_user=%0a", "min_ms=-1", "min_ms=NaN", "min_ms=soon", "limit=0", "limit=9999", "limit=x"} {
		query, _ := url.ParseQuery(bad)
		if _, err := from.list(t.Context(), query); problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestTraceIsWrittenForThePage(t *testing.T) {
	root := began("node-1", "roll", "Maths", "", 2_000_000, protos.Span_INCOMPLETE, "node-3")
	handled := &protos.Span{
		Trace: root.GetTrace(), Id: 4, Parent: 3, Node: "node-2", Actor: "roster", ActorName: "Maths", Name: "RollCall", From: "roster Maths on node-1",
		Sent: root.GetStarted() + 100_000, Arrived: root.GetStarted() + 200_000, Started: root.GetStarted() + 300_000, Ended: root.GetStarted() + 450_000,
		Fields: []*protos.Span_Field{{Key: "sockets", Value: "3"}, {Key: "room", Value: `"Maths"`}},
		Logs:   []*protos.Span_LogLine{{At: root.GetStarted() + 400_000, Level: "WARN", Message: "oh"}},
	}
	root.Deadline = root.GetStarted() + 250_000_000
	from := newTraces(recorded{gathered: operate.Gathered{Trace: trace.Assemble(trace.IDOf(root.GetTrace()), []*protos.Span{handled, root})}}, nil)
	got, err := from.trace(t.Context(), "00000000000000010000000000000002")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"trace_id":"00000000000000010000000000000002"`, `"kind":"roll"`, `"outcome":"incomplete"`, `"missing":["node-3"]`,
		`"id_user":null`, `"nodes":["node-1","node-2","node-3"]`, `"deadline_ms":250`, `"duration_ms":2,`, `"silent":[]`,
		`"parent_id":"0000000000000003"`, `"sent_ms":0.1,"arrived_ms":0.2,"started_ms":0.3,"ended_ms":0.45`,
		`"fields":{"room":"Maths","sockets":3}`, `"at_ms":0.4,"level":"WARN","message":"oh"`, `"start":"2023-11-14T22:13:20.000Z"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if _, err := from.trace(t.Context(), "Maths"); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("error %v", err)
	}
}

// Who watches gets the newest at first, and then what is new.
func TestTracesAreToldOnce(t *testing.T) {
	from := &recorded{}
	traces := newTraces(from, nil)
	told := func(cursor uint64) (nodes []string, next uint64) {
		text, next := traces.since(cursor)
		if text == nil {
			return nil, next
		}
		var list []Summary
		if err := json.Unmarshal(text, &list); err != nil {
			t.Fatal(err)
		}
		nodes = []string{}
		for _, s := range list {
			nodes = append(nodes, s.Node)
		}
		return nodes, next
	}
	if nodes, next := told(0); nodes == nil || len(nodes) != 0 || next != 0 {
		t.Errorf("at first %v, %d", nodes, next)
	}
	bring := func(nodes ...string) {
		from.recent.Roots = nil
		for _, node := range nodes {
			from.recent.Roots = append(from.recent.Roots, began(node, "roll", "Maths", "0", 1, protos.Span_OK))
		}
		traces.gather(t.Context())
	}
	bring("b", "a") // newest first
	nodes, cursor := told(0)
	if !slices.Equal(nodes, []string{"b", "a"}) {
		t.Errorf("then %v", nodes)
	}
	if nodes, _ := told(cursor); nodes != nil {
		t.Errorf("nothing is new, but %v", nodes)
	}
	bring("d", "c")
	if nodes, _ := told(cursor); !slices.Equal(nodes, []string{"d", "c"}) {
		t.Errorf("news %v", nodes)
	}
	if nodes, _ := told(0); !slices.Equal(nodes, []string{"d", "c", "b", "a"}) {
		t.Errorf("all %v", nodes)
	}
	many := make([]string, tracesShown+50)
	bring(many...)
	if nodes, _ := told(cursor); len(nodes) != tracesShown {
		t.Errorf("%d at once", len(nodes))
	}
}
