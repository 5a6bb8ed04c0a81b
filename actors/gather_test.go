package actors

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/room"
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
