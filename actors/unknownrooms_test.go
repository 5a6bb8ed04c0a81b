package actors

import (
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos"
)

// rosters returns how many rosters run on a node, as operators are shown it.
func (n *testNode) rosters() int {
	count := 0
	for _, a := range n.directory.All() {
		if a.Kind == directory.RosterKind {
			count++
		}
	}
	return count
}

// heap returns how many bytes live.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A room that nobody is in costs nothing once it was answered: whoever asks for rooms
// that they made up holds no memory of any node.
func TestUnknownRoomsCostNothing(t *testing.T) {
	nodes := newFixture(t).nodes(2, func(c *Config) { c.rosterIdle = time.Hour })
	c := nodes[1].connects("Maths", "1")
	ask := func(rooms, from int) {
		var asking sync.WaitGroup
		for worker := range 16 {
			asking.Go(func() {
				for i := worker; i < rooms; i += 16 {
					roll, err := nodes[0].CallRoll(t.Context(), fmt.Sprint("made up ", from+i))
					if err != nil || !roll.Complete() || roll.Sockets() != 0 {
						t.Errorf("answered %v, %v", roll, err)
						return
					}
				}
			})
		}
		asking.Wait()
	}
	ended := func() bool { return nodes[0].rosters() == 0 }
	ask(200, 0) // what grows once
	actorstest.Eventually(t, "the rosters to end", ended)
	before := heap()
	const rooms = 3000 // each of which had kilobytes
	ask(rooms, 1000)
	actorstest.Eventually(t, "the rosters to end", ended)
	actorstest.Eventually(t, "the memory to be back", func() bool { return heap() < before+rooms*2000 })
	if nodes[1].rosters() != 1 {
		t.Errorf("the other node has %d rosters", nodes[1].rosters())
	}
	exactEverywhere(t, nodes, "Maths", c)
}

// Who asks again for a room of other nodes is answered with "unchanged": the roster that
// remembers what it saw stays, though not without bounds.
func TestIdleRostersAreBounded(t *testing.T) {
	nodes := newFixture(t).nodes(2, func(c *Config) { c.rosterIdle, c.idleRosters = time.Hour, 3 })
	for i := range 5 {
		nodes[1].connects(fmt.Sprint("room ", i), "1")
	}
	status := func(i int) room.NodeStatus {
		t.Helper()
		room := fmt.Sprint("room ", i)
		roll := nodes[0].call(room)
		// The roster answers this when it has told its node that it is idle.
		_, err := nodes[0].system.Root.RequestFuture(nodes[0].pid, &protos.AskRoster{Room: room}, actorstest.Patience).Result()
		actorstest.Must(t, err)
		if roll.Sockets() != 1 {
			t.Errorf("%d sockets are in room %d", roll.Sockets(), i)
		}
		return roll.Nodes[1].Status
	}
	for i := range 5 {
		if got := status(i); got != room.Answered {
			t.Errorf("room %d, asked for the first time, is %s", i, got)
		}
	}
	actorstest.Eventually(t, "two rosters to end", func() bool { return nodes[0].rosters() == 3 })
	for _, i := range []int{4, 2, 3} {
		if got := status(i); got != room.Unchanged {
			t.Errorf("room %d is %s", i, got)
		}
	}
	if got := status(0); got != room.Answered {
		t.Errorf("the room that was asked for longest ago is %s", got)
	}
	actorstest.Eventually(t, "another roster to end", func() bool { return nodes[0].rosters() == 3 })
	if got := status(4); got != room.Answered {
		t.Errorf("the room that was then asked for longest ago is %s", got)
	}
}

// What is kept of a question is the name of its room, not the request around it.
func TestRoomOfARequestIsNotTheWholeRequest(t *testing.T) {
	nodes := newFixture(t).nodes(2, func(c *Config) { c.rosterIdle = time.Hour })
	const rooms, long = 100, 1 << 20
	for i := range rooms {
		nodes[1].connects(fmt.Sprintf("room %03d", i), "1")
	}
	before := heap()
	for i := range rooms {
		request := fmt.Sprintf("room %03d", i) + strings.Repeat("?", long)
		if roll := nodes[0].call(request[:8]); roll.Sockets() != 1 {
			t.Fatalf("%d sockets", roll.Sockets())
		}
	}
	if now := heap(); now > before+rooms*long/4 {
		t.Errorf("%d bytes are held", now-before)
	}
}

// Nor does a socket hold the request that it came by.
func TestSocketDoesNotHoldItsRequest(t *testing.T) {
	n := newFixture(t).start()
	const sockets, long = 100, 1 << 18
	before := heap()
	for range sockets {
		request := "room=Maths&id_user=1&x=" + strings.Repeat("x", long)
		n.dial(4, n.Attend(url.Values{"room": {request[5:10]}, "id_user": {request[19:20]}, "x": {request[23:]}}))
	}
	if now := heap(); now > before+sockets*long/4 {
		t.Errorf("%d bytes are held", now-before)
	}
	c := n.dial(4, n.Attend(url.Values{"id_user": {strings.Repeat("1", 1000)}}))
	c.says("40")
	c.hears(`44{"message":`)
}
