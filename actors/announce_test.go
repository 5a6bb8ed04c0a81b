package actors

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/room"
)

// grain returns the address of the grain of a room.
func (n *testNode) grain(room string) *actor.PID {
	n.t.Helper()
	var pid *actor.PID
	actorstest.Eventually(n.t, "the grain of "+room, func() bool {
		pid = n.membership.Cluster.Get(room, "Room")
		return pid != nil
	})
	return pid
}

func TestEventsReachEveryNodeNumberedAndInOrder(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(3)
	var witnesses []*client
	for i, n := range nodes {
		n.grain("Maths") // a node that begins to speak to another may need longer than a join waits
		witnesses = append(witnesses, n.connects("Maths", strconv.Itoa(1+i)))
	}
	last := witnesses[2]
	for i := range 12 {
		c := nodes[i%3].connects("Maths", "9")
		c.leaves()
		last.hears(disconnected(c))
	}
	for _, w := range witnesses[:2] {
		want := last.events()
		final := want[len(want)-1]
		w.awaits("all events", func() bool { return slices.Contains(w.events(), final) })
		events := w.events()
		events = events[len(events)-len(want):] // those since the last witness came
		for i, e := range events {
			if e != want[i] || e.epoch == 0 || e.seq != events[0].seq+uint64(i) || e.user != "9" {
				t.Fatalf("event %d is %+v for one and %+v for the other", i, e, want[i])
			}
		}
	}
	first := last.events()[0]
	if frame, want := last.hears(`42["handshake"`), fmt.Sprintf(`"epoch":%d,"seq":%d}]`, first.epoch, first.seq-1); !strings.HasSuffix(frame, want) {
		t.Errorf("greeted with %s, before event %d of epoch %d", frame, first.seq, first.epoch)
	}
}

// A socket is told of whoever joins after it, however fast that follows.
func TestWhoJoinsNextIsToldToWhoJoinedBefore(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	for i := range 20 {
		room := "room-" + string(rune('a'+i))
		first := nodes[i%2].connects(room, "1")
		second := nodes[(i+1)%2].connects(room, "2")
		first.hears(connected(second))
		if got := first.got(connected(second)); len(got) != 1 {
			t.Errorf("told %q", got)
		}
		if len(second.events()) != 0 {
			t.Errorf("the second is told %v", second.events())
		}
	}
}

// impatient is for tests in which the grain does not answer.
func impatient(c *Config) { c.joinPatience = room.JoinPatience }

// A grain is soft state: when it is lost, joins are acknowledged and told as ever.
func TestLostGrainIsNotMissed(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2, impatient)
	witness := nodes[0].connects("Maths", "1")
	present := []*client{witness}
	for i := range 4 {
		nodes[i%2].system.Root.Stop(nodes[i%2].grain("Maths"))
		began := time.Now()
		c := nodes[1-i%2].connects("Maths", "2")
		if took := time.Since(began); took > room.JoinPatience+5*time.Second {
			t.Errorf("the join took %v", took)
		}
		witness.hears(connected(c))
		present = append(present, c)
		exactEverywhere(t, nodes, "Maths", present...)
	}
	for _, c := range present[1:] {
		if got := witness.got(connected(c)); len(got) != 1 {
			t.Errorf("told %q", got)
		}
	}
}

// Nobody answers for the room: its events go from node to node, without numbers.
func TestEventsGoUnnumberedWithoutAGrain(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(3, impatient)
	dumb := nodes[2]
	name := ""
	for i := 0; name == ""; i++ {
		next := "room " + string(rune('a'+i))
		if nodes[0].grain(next).GetAddress() == dumb.View().Self.Address {
			name = next
		}
	}
	dumb.unplug()

	began := time.Now()
	first := nodes[0].connects(name, "1")
	if took := time.Since(began); took > room.JoinPatience+5*time.Second {
		t.Errorf("the join took %v", took)
	}
	second := nodes[1].connects(name, "2")
	frame := first.hears(connected(second))
	second.leaves()
	first.hears(disconnected(second))
	if want := connected(second) + `,{"id_user":"2","room":"` + name + `","node":"node-2","since":"`; !strings.HasPrefix(frame, want) || strings.Contains(frame, "seq") {
		t.Errorf("got %s, want %s", frame, want)
	}
}

func TestChangesOfOneRosterStayInOrderThroughAnUnreachableGrain(t *testing.T) {
	f := newFixture(t)
	n := f.start()
	witness := n.connects("Maths", "1")
	var others []*client
	for i := range 30 {
		if i%5 == 0 {
			n.system.Root.Stop(n.grain("Maths"))
		}
		others = append(others, n.enters("Maths", "2"))
	}
	for _, c := range others {
		c.greeted()
		c.leaves()
	}
	witness.awaits("all events", func() bool { return len(witness.got(`42["socket-disconnected"`)) == len(others) })
	seen := map[string]string{}
	for _, e := range witness.events() {
		if e.name == "socket-connected" && seen[e.id] != "" || e.name == "socket-disconnected" && seen[e.id] != "socket-connected" {
			t.Errorf("%s of %s after %q", e.name, e.id, seen[e.id])
		}
		seen[e.id] = e.name
	}
	if len(seen) != len(others) {
		t.Errorf("told of %d sockets, want %d", len(seen), len(others))
	}
}
