package actors

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/problem"
)

// traced has every node of the fixture sample that part of the traces.
func (f *fixture) traced(rate float64) {
	f.trace = func(node string) *trace.Tracer { return trace.New(trace.Config{Node: node, Rate: rate}) }
}

// steps gathers a trace, and says of each step who did what.
func (n *testNode) steps(id trace.ID) (steps []string) {
	n.t.Helper()
	got, err := n.asker.Trace(n.t.Context(), id)
	if problem.CodeOf(err) == problem.NotFound {
		return nil
	}
	actorstest.Must(n.t, err)
	for _, s := range got.Steps {
		steps = append(steps, fmt.Sprintf("%s %s %s", s.GetNode(), s.GetActor(), s.GetName()))
	}
	return steps
}

// follows waits until a trace has all of these steps.
func (n *testNode) follows(what string, id trace.ID, want ...string) {
	n.t.Helper()
	var got []string
	defer func() {
		if n.t.Failed() {
			n.t.Logf("steps of %s:\n%s", what, strings.Join(got, "\n"))
		}
	}()
	actorstest.Eventually(n.t, what, func() bool {
		got = n.steps(id)
		return !slices.ContainsFunc(want, func(step string) bool { return !slices.Contains(got, step) })
	})
}

// latest waits for a trace of a kind that began on the node.
func (n *testNode) latest(kind string) *protos.Span {
	n.t.Helper()
	var found *protos.Span
	actorstest.Eventually(n.t, "a trace of the kind "+kind, func() bool {
		for _, root := range n.asker.Traces(n.t.Context(), nil, 100).Roots {
			if root.GetRoot().GetKind() == kind && root.GetNode() == n.name {
				found = root
				return true
			}
		}
		return false
	})
	return found
}

func (n *testNode) callTraced(room string, ask func(ctx context.Context) error) (id trace.ID) {
	n.t.Helper()
	span := n.tracer.Start(trace.Context{}, "roll", "http", "", "GET /"+room+"/users")
	defer span.End()
	actorstest.Must(n.t, ask(trace.With(n.t.Context(), span)))
	return span.Context().Trace
}

func TestARollIsTracedThroughEveryNode(t *testing.T) {
	f := newFixture(t)
	f.traced(1)
	nodes := f.nodes(3)
	for i, n := range nodes {
		n.connects("Maths", strconv.Itoa(i+1))
	}
	id := nodes[0].callTraced("Maths", func(ctx context.Context) error {
		_, err := nodes[0].CallRoll(ctx, "Maths")
		return err
	})
	nodes[2].follows("a roll", id,
		"node-1 http GET /Maths/users", "node-1 roster query", "node-1 roster roll call", "node-1 roster merge",
		"node-1 roster RollCall", "node-2 roster RollCall", "node-3 roster RollCall", "node-1 roster RollReply")
	got, err := nodes[1].asker.Trace(t.Context(), id)
	actorstest.Must(t, err)
	if !slices.Equal(got.Nodes, []string{"node-1", "node-2", "node-3"}) || got.Deadline <= got.Start || len(got.Silent) > 0 {
		t.Errorf("nodes %v, silent %v, from %d, due %d", got.Nodes, got.Silent, got.Start, got.Deadline)
	}
	for _, s := range got.Steps {
		if s.GetNode() != "node-1" && (s.GetFrom() != "roster Maths on node-1" || s.GetSent() == 0 || s.GetArrived() < s.GetSent() || s.GetStarted() < s.GetArrived()) {
			t.Errorf("%s on %s: from %q, sent %d, arrived %d, started %d", s.GetName(), s.GetNode(), s.GetFrom(), s.GetSent(), s.GetArrived(), s.GetStarted())
		}
	}
}

// A join, its number from the room's grain, and its announcement: one span for each
// node that tells its sockets.
func TestAJoinAndALeaveAreTraced(t *testing.T) {
	f := newFixture(t)
	f.traced(1)
	nodes := f.nodes(3)
	for i, n := range nodes[1:] {
		n.connects("Maths", strconv.Itoa(i+1))
	}
	nodes[1].call("Maths")
	c := nodes[0].connects("Maths", "7")
	join := nodes[0].latest("join")
	if root := join.GetRoot(); root.GetRoom() != "Maths" || root.GetIdUser() != "7" || root.GetIdSocket() != c.id {
		t.Errorf("about %v", root)
	}
	owner, _ := nodes[0].View().ByAddress(nodes[0].grain("Maths").GetAddress())
	nodes[0].follows("a join", trace.IDOf(join.GetTrace()),
		"node-1 socket join", "node-1 roster join", "node-1 roster number", owner.Name+" room Number",
		"node-1 roster RoomEvents", "node-2 roster RoomEvents", "node-3 roster RoomEvents")
	c.leaves()
	nodes[1].follows("a leave", trace.IDOf(nodes[0].latest("leave").GetTrace()),
		"node-1 socket leave", "node-1 roster leave", "node-1 roster number", owner.Name+" room Number",
		"node-2 roster RoomEvents", "node-3 roster RoomEvents")
}

func TestAMessageAndAChangeAreTraced(t *testing.T) {
	f := newFixture(t)
	f.traced(1)
	nodes := f.nodes(2)
	var clients []*client
	for i, n := range nodes {
		clients = append(clients, n.connects("Maths", strconv.Itoa(i+1)))
	}
	clients[0].says(`42["message","Maths","hello"]`)
	clients[1].hears(`42["message",`)
	nodes[1].follows("a message", trace.IDOf(nodes[0].latest("message").GetTrace()),
		"node-1 socket message", "node-1 roster speech", "node-2 roster RoomMessage", "node-1 roster MessageTaken")

	id := nodes[0].callTraced("Maths", func(ctx context.Context) error { // without Redis
		_, err := nodes[0].Update(ctx, "2", identity.Edit{Name: new("Somebody")}, nil)
		return err
	})
	nodes[1].follows("a change", id,
		"node-1 store update", "node-1 redis publish", "node-1 node UserChanged", "node-2 node UserChanged",
		"node-1 identity userChanged", "node-2 identity userChanged", "node-1 roster userChanged", "node-2 roster userChanged")
}

// With a rate of 0 nothing goes to other nodes, and what did not go well is kept
// on the node that was asked.
func TestAnIncompleteRollIsKeptThoughNotSampled(t *testing.T) {
	f := newFixture(t)
	f.traced(0)
	n := f.start(func(c *Config) { c.RollDeadline = 20 * time.Millisecond })
	f.puppet(true)
	id := n.callTraced("Maths", func(ctx context.Context) error {
		roll, err := n.CallRoll(ctx, "Maths")
		trace.From(ctx).Incomplete(roll.Missing())
		return err
	})
	n.follows("an incomplete roll", id, "node-1 http GET /Maths/users", "node-1 roster query", "node-1 roster roll call", "node-1 roster RollCall")
	root := n.latest("roll")
	if !slices.Equal(root.GetRoot().GetMissing(), []string{"node-2"}) || root.GetOutcome() != protos.Span_INCOMPLETE {
		t.Errorf("outcome %v, missing %v", root.GetOutcome(), root.GetRoot().GetMissing())
	}
	recent := n.asker.Traces(t.Context(), operate.TraceCursor{}, 10)
	if !slices.Equal(recent.Silent, []string{"node-2"}) {
		t.Errorf("silent %v", recent.Silent)
	}
}

// Queries that share a roll call show it, whoever it was made for.
func TestASharedRollCallIsShownInEachTrace(t *testing.T) {
	f := newFixture(t)
	f.traced(1)
	n := f.start()
	p := f.puppet(true)
	ask := func(ids chan<- trace.ID) {
		span := n.tracer.Start(trace.Context{}, "roll", "http", "", "GET")
		defer span.End()
		_, _ = n.CallRoll(trace.With(t.Context(), span), "Maths")
		ids <- span.Context().Trace
	}
	ids := make(chan trace.ID, 3)
	go ask(ids) // its call is under way while the others come, who share the next
	actorstest.Eventually(t, "a roll call", func() bool { return p.asked() == 1 })
	go ask(ids)
	go ask(ids)
	actorstest.Eventually(t, "the shared roll call", func() bool { return p.asked() == 2 })
	p.answers(0, 0)
	p.answers(1, 1)
	for range 3 {
		n.follows("a roll of several", <-ids, "node-1 http GET", "node-1 roster query", "node-1 roster roll call")
	}
}

func TestATraceThatNobodyKnows(t *testing.T) {
	f := newFixture(t)
	n := f.start() // not traced
	_, err := n.asker.Trace(t.Context(), trace.ID{1})
	if problem.CodeOf(err) != problem.NotFound {
		t.Errorf("error %v", err)
	}
	if recent := n.asker.Traces(t.Context(), nil, 10); len(recent.Roots) != 0 || len(recent.Silent) != 0 {
		t.Errorf("%v", recent)
	}
}

// The cursor brings each trace once.
func TestTracesBehindACursor(t *testing.T) {
	f := newFixture(t)
	f.traced(1)
	n := f.start()
	cursor := operate.TraceCursor{}
	for i := range 3 {
		n.tracer.Start(trace.Context{}, "http", "http", "", fmt.Sprint(i)).End()
		recent := n.asker.Traces(t.Context(), cursor, 10)
		if len(recent.Roots) != 1 || recent.Roots[0].GetName() != fmt.Sprint(i) {
			t.Fatalf("after %d: %v", i, recent.Roots)
		}
	}
	if recent := n.asker.Traces(t.Context(), cursor, 10); len(recent.Roots) != 0 {
		t.Errorf("once more: %v", recent.Roots)
	}
}
