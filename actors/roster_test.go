package actors

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// faulty is a socket that the roster of its room fails on.
type faulty struct {
	room.Connection
	join func()
}

func (faulty) Charge(quota.Cost, int) { panic("as a test wants it") }

// Tell has the socket join anew if its join came too late, as any does.
func (f faulty) Tell(msg any) {
	if late, ok := msg.(room.Unseated); ok && late.Greeting != nil {
		f.join()
	}
}

// panics makes the roster of a room fail.
func (n *testNode) panics(name string) {
	socket := faulty{join: func() { n.panics(name) }}
	nothing := func(room.Position) *outbox.Frame { return nil }
	n.system.Root.Send(n.pid, &room.Join{Seat: room.NewSeat(room.Entry{}, name, socket, engineio.V4), Greeting: nothing})
}

func TestPanickedRosterIsRestoredByItsSockets(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	var all []*client
	for user := range 3 {
		all = append(all, nodes[0].connects("Maths", strconv.Itoa(1+user)))
	}
	far := nodes[1].connects("Maths", "4")
	all = append(all, far)
	other := nodes[0].connects("Physics", "5")
	all[0].hears(connected(far))
	before := make(map[*client]int)
	for _, c := range all {
		before[c] = len(c.got(""))
	}

	nodes[0].panics("Maths")
	actorstest.Eventually(t, "the panic", func() bool { return nodes[0].Panics() == 1 })
	soonExactEverywhere(t, nodes, "Maths", all...)
	exactEverywhere(t, nodes, "Physics", other)

	// Life goes on, and what has happened was nobody's business.
	late := nodes[1].connects("Maths", "6")
	for _, c := range all {
		c.hears(connected(late))
		for _, frame := range c.got("")[before[c]:] {
			// Some may be told twice of each other, which is harmless: on the other node who
			// came after them, and saw them in a roll alone (see sighting.presumed).
			if !strings.HasPrefix(frame, `42["socket-connected"`) {
				t.Errorf("user %s was told of the panic: %q", c.user, frame)
			}
		}
	}
	all[0].leaves()
	late.hears(disconnected(all[0]))
	exactEverywhere(t, nodes, "Maths", append(all[1:], late)...)
	if reason := all[1].Closed(); reason != "" {
		t.Errorf("a socket was closed: %s", reason)
	}
}

// What was on its way to a roster when it failed is not lost.
func TestJoinsAndQueriesSurviveAPanic(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	n := nodes[0]
	var all []*client
	for i := range 60 {
		all = append(all, n.enters("Maths", strconv.Itoa(1+i%10)))
		if i%10 == 5 {
			n.panics("Maths")
		}
	}
	for _, c := range all {
		c.greeted()
	}
	soonExactEverywhere(t, nodes, "Maths", all...)
	for _, c := range all {
		if got := c.got(`42["handshake"`); len(got) != 1 {
			t.Errorf("greeted %d times", len(got))
		}
	}
}

func TestQueryOutlivesTheRosterThatItWaitedFor(t *testing.T) {
	n, p := nodeAndPuppet(t)
	answer, next := n.query("Maths"), n.query("Maths")
	actorstest.Eventually(t, "a roll call", func() bool { return p.asked() >= 1 })
	n.panics("Maths")
	actorstest.Eventually(t, "the panic", func() bool { return n.Panics() == 1 })
	for _, a := range []<-chan *room.Roll{answer, next} {
		var roll *room.Roll
		actorstest.Eventually(t, "the roll", func() bool {
			p.answers(0, p.asked()-1)
			select {
			case roll = <-a:
				return true
			default:
				return false
			}
		})
		if !roll.Complete() {
			t.Errorf("missing %v", roll.Missing())
		}
	}
}

// hasRoster asks a node twice for its part of a roll: without a roster the
// version is a new one each time.
func (n *testNode) hasRoster(room string) bool {
	n.t.Helper()
	var versions [2]uint64
	for i := range versions {
		reply, err := n.system.Root.RequestFuture(n.pid, &protos.RollCall{Room: room}, actorstest.Patience).Result()
		actorstest.Must(n.t, err)
		versions[i] = reply.(*protos.RollReply).GetVersion()
	}
	return versions[0] == versions[1]
}

func TestIdleRosterRetires(t *testing.T) {
	n := newFixture(t).start(func(c *Config) { c.rosterIdle = 30 * time.Millisecond })
	c := n.connects("Maths", "1")
	busy := time.NewTimer(150 * time.Millisecond) // five times as long as it would be idle
	<-busy.C
	if !n.hasRoster("Maths") {
		t.Error("a roster with a socket has retired")
	}
	exactEverywhere(t, []*testNode{n}, "Maths", c)
	c.leaves()
	actorstest.Eventually(t, "the roster to retire", func() bool { return !n.hasRoster("Maths") })
}

// A roster that retires at any moment loses neither a query nor a join.
func TestNothingIsLostWhileRostersRetire(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2, func(c *Config) { c.rosterIdle = time.Millisecond })
	var asking sync.WaitGroup
	for i := range 4 {
		room := fmt.Sprint("room ", i%2)
		n := nodes[i/2]
		asking.Go(func() {
			for j := range 60 {
				roll, err := n.CallRoll(t.Context(), room)
				if err != nil || !roll.Complete() {
					t.Errorf("query %d: %v", j, err)
					return
				}
				pause := time.NewTimer(time.Duration(j%4) * time.Millisecond) // idle for about as long as it takes to retire
				<-pause.C
			}
		})
	}
	for i := range 30 {
		c := nodes[i%2].connects("room 0", "1")
		c.leaves()
		soonExactEverywhere(t, nodes, "room 0")
	}
	asking.Wait()
}

func TestRosterAnswersForItself(t *testing.T) {
	n := newFixture(t).start()
	ask := func(msg *protos.RollCall) *protos.RollReply {
		t.Helper()
		reply, err := n.system.Root.RequestFuture(n.pid, msg, actorstest.Patience).Result()
		actorstest.Must(t, err)
		return reply.(*protos.RollReply)
	}
	none := ask(&protos.RollCall{Call: 1, Room: "Maths"})
	if none.GetCall() != 1 || none.GetNode() != n.name || none.GetIncarnation() != n.system.ID || none.GetPart() != nil || none.GetUnchanged() {
		t.Errorf("without a roster: %v", none)
	}
	c := n.connects("Maths", "1")
	whole := ask(&protos.RollCall{Call: 2, Room: "Maths", Incarnation: n.system.ID, Version: none.GetVersion()})
	entries, err := room.DecodePart(whole.GetPart())
	if err != nil || whole.GetUnchanged() || len(entries) != 1 || entries[0].Socket != c.id {
		t.Errorf("with a socket: %v", whole)
	}
	same := ask(&protos.RollCall{Call: 3, Room: "Maths", Incarnation: n.system.ID, Version: whole.GetVersion()})
	if !same.GetUnchanged() || same.GetPart() != nil || same.GetVersion() != whole.GetVersion() {
		t.Errorf("unchanged: %v", same)
	}
	other := ask(&protos.RollCall{Call: 4, Room: "Maths", Incarnation: "of before", Version: whole.GetVersion()})
	if other.GetUnchanged() {
		t.Error("the version of another process is taken for this one's")
	}
}
