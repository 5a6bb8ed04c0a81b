package actors

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos"
)

// query asks for a roll and returns where the answer will be.
func (n *testNode) query(name string) <-chan *room.Roll {
	query, answer := room.NewQuery(name, time.Now(), nil)
	n.system.Root.Send(n.pid, query)
	return answer
}

func within[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(actorstest.Patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

func longDeadline(c *Config) { c.RollDeadline = actorstest.Patience }

// nodeAndPuppet is a node with a long deadline, and the one other member: its
// rolls have to wait until the test lets that answer.
func nodeAndPuppet(t *testing.T) (*testNode, *puppet) {
	t.Helper()
	f := newFixture(t)
	return f.start(longDeadline), f.puppet(true)
}

// Concurrent queries share a roll call, and none joins a call that started
// before it came: an answer is never older than its question.
func TestQueriesShareTheNextRollCall(t *testing.T) {
	f := newFixture(t)
	n := f.start(longDeadline, func(c *Config) { c.queueing = actorstest.Patience })
	p := f.puppet(true)
	early := n.query("Maths")
	p.awaits(t, 1)

	var late []<-chan *room.Roll
	for range 20 {
		late = append(late, n.query("Maths"))
	}
	p.has(2)
	p.answers(0, 0)
	if got := within(t, "the early roll", early); got.Sockets() != 0 {
		t.Errorf("the early roll has %d sockets", got.Sockets())
	}
	p.awaits(t, 2)
	for i, answer := range late {
		if len(answer) > 0 {
			t.Fatalf("query %d took part in a roll call that had started before it came", i)
		}
	}
	p.has(3, puppetEntries(1)...) // somebody joins between the question and the answer
	p.answers(1, 1)
	first := within(t, "the late roll", late[0])
	for _, answer := range late[1:] {
		if got := within(t, "the late roll", answer); got != first {
			t.Error("the queries that came together have different rolls")
		}
	}
	if first.Sockets() != 1 || p.asked() != 2 {
		t.Errorf("%d sockets after %d roll calls", first.Sockets(), p.asked())
	}
}

// A silent node must not make a query wait for two deadlines: after a moment it
// gets a roll call of its own.
func TestQueryDoesNotQueueBehindASlowRollCall(t *testing.T) {
	n, p := nodeAndPuppet(t)
	first, second := n.query("Maths"), n.query("Maths")
	p.awaits(t, 2)
	p.has(2, puppetEntries(1)...)
	p.answers(1, 1)
	if got := within(t, "the second roll", second); got.Sockets() != 1 {
		t.Errorf("%d sockets", got.Sockets())
	}
	if len(first) > 0 {
		t.Error("the first roll call was answered by the second")
	}
	p.answers(0, 0)
	within(t, "the first roll", first)
}

func TestLateAndRepeatedRepliesChangeNothing(t *testing.T) {
	n, p := nodeAndPuppet(t)
	answer := n.query("Maths")
	p.awaits(t, 1)
	p.has(2, puppetEntries(1)...)
	p.answers(0, 0)
	within(t, "the roll", answer)
	p.has(1, puppetEntries(7, 8)...)
	p.answers(0, 0)
	p.has(2)

	answer = n.query("Maths")
	asked := p.awaits(t, 2)
	if asked.GetVersion() != 2 || asked.GetIncarnation() != p.System.ID {
		t.Errorf("compares with version %d of %q", asked.GetVersion(), asked.GetIncarnation())
	}
	p.sends(asked, &protos.RollReply{Version: 2, Unchanged: true})
	got := within(t, "the unchanged roll", answer)
	if diff := cmp.Diff(puppetEntries(1), got.Nodes[1].Entries); diff != "" || got.Nodes[1].Status != room.Unchanged {
		t.Errorf("status %s (-want +got):\n%s", got.Nodes[1].Status, diff)
	}
}

func TestLargePartComesInPages(t *testing.T) {
	n, p := nodeAndPuppet(t)
	answer := n.query("Maths")
	asked := p.awaits(t, 1)
	for i, page := range [][]room.Entry{puppetEntries(1, 2), puppetEntries(3), puppetEntries(4, 5)} {
		if len(answer) > 0 {
			t.Fatal("answered before the last page")
		}
		p.sends(asked, &protos.RollReply{Version: 9, More: i < 2, Part: room.EncodePart(page)})
	}
	got := within(t, "the roll", answer)
	if diff := cmp.Diff(puppetEntries(1, 2, 3, 4, 5), got.Nodes[1].Entries); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnreadablePartIsAMissingNode(t *testing.T) {
	n, p := nodeAndPuppet(t)
	answer := n.query("Maths")
	p.sends(p.awaits(t, 1), &protos.RollReply{Version: 9, Part: &protos.Part{Ids: "short"}})
	if got := within(t, "the roll", answer); !slices.Equal(got.Missing(), []string{p.name()}) {
		t.Errorf("missing %v", got.Missing())
	}
}

// The roll comes by its deadline, whatever happens, and names who was silent.
func TestRollNamesTheSilentNode(t *testing.T) {
	f := newFixture(t)
	const deadline = 250 * time.Millisecond
	n := f.start(func(c *Config) { c.RollDeadline = deadline })
	p := f.puppet(true)
	began := time.Now()
	roll := n.call("Maths")
	took := time.Since(began)
	if !slices.Equal(roll.Missing(), []string{p.name()}) || roll.Complete() || len(roll.Nodes) != 2 {
		t.Errorf("missing %v of %v", roll.Missing(), roll.Nodes)
	}
	if took < deadline || took > deadline+time.Second {
		t.Errorf("took %v", took)
	}
}

// A crashed node is missing first, at once when its link breaks, and lost once it
// is evicted; and whoever is left is told of its sockets, each once.
func TestCrashedNodeIsMissingThenLost(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(3, func(c *Config) { c.RollDeadline = 250 * time.Millisecond })
	alive, dead := nodes[:2], nodes[2]
	here := alive[0].connects("Maths", "1")
	var there []*client
	for user := range 3 {
		c := dead.connects("Maths", strconv.Itoa(2+user))
		here.hears(connected(c))
		there = append(there, c)
	}
	dead.crash()
	for _, n := range alive {
		roll := n.call("Maths")
		if !slices.Equal(roll.Missing(), []string{dead.name}) || !slices.Equal(roll.Body, bodyOf([]*client{here})) {
			t.Errorf("%s: missing %v, body %s", n.name, roll.Missing(), roll.Body)
		}
	}
	for _, n := range alive {
		actorstest.Eventually(t, "the eviction", func() bool { return n.wants("Maths", here) })
		roll := n.call("Maths")
		if len(roll.Lost) != 1 || roll.Lost[0].Name != dead.name || len(roll.Nodes) != 2 {
			t.Errorf("%s: lost %v, nodes %v", n.name, roll.Lost, roll.Nodes)
		}
	}
	for _, c := range there {
		here.hears(disconnected(c))
		if got := here.got(disconnected(c)); len(got) != 1 {
			t.Errorf("told %q", got)
		}
	}
}

func TestRollIsExactOnEveryNodeAfterEveryStep(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(3)
	witness := nodes[0].connects("Maths", "10")
	present := []*client{witness}
	for i := range 30 {
		if i%3 == 2 {
			gone := present[1+i%(len(present)-1)]
			gone.leaves()
			witness.hears(disconnected(gone))
			present = slices.DeleteFunc(present, func(c *client) bool { return c == gone })
		} else {
			// A join that was acknowledged is visible, at once and everywhere.
			present = append(present, nodes[i%3].connects("Maths", strconv.Itoa(1+i%9)))
		}
		exactEverywhere(t, nodes, "Maths", present...)
	}
	exactEverywhere(t, nodes, "Physics")
}

func TestRoomsOfEveryName(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	for i, room := range []string{"a/b", "..", "a%2Fb", "node", "$1", "ü🦊", "\x00\n", " ", fmt.Sprintf("%0256d", 0)} {
		t.Run(fmt.Sprintf("%.10q", room), func(t *testing.T) {
			c := nodes[i%2].connects(room, "1")
			other := nodes[(i+1)%2].connects(room, "2")
			c.hears(connected(other))
			exactEverywhere(t, nodes, room, c, other)
		})
	}
}
