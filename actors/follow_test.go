package actors

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
)

// An event that was lost is told all the same, though later.
func TestLostEventsAreToldAfterARollCall(t *testing.T) {
	f := newFixture(t)
	n := f.start()
	p := f.puppet(false)
	c := n.connects("Maths", "1")
	told := func(kind string, i int) { t.Helper(); c.hears(`42["socket-` + kind + `","` + socketID(i)) }
	e := puppetEntries(1, 2, 3, 4)

	p.has(2, e[0])
	p.tells(n, "Maths", joining(e[0], 1, 2, true))
	told("connected", 1)

	// Version 3, a join, is lost; version 4 shows the gap.
	p.has(4, e[:3]...)
	p.tells(n, "Maths", joining(e[2], 3, 4, false))
	told("connected", 3)
	told("connected", 2)

	// The leaves of all are lost, and so is that of the next to come; the roster
	// then begins anew, so that no gap is seen.
	p.has(12, e[3])
	p.tells(n, "Maths", joining(e[3], 11, 12, true))
	told("connected", 4)
	for i := range 3 {
		told("disconnected", i+1)
	}
	if got := len(c.events()); got != 7 {
		t.Errorf("%d events: %v", got, c.events())
	}
}

func TestSocketsOfANodeThatLeftAreAnnouncedOnce(t *testing.T) {
	f := newFixture(t)
	f.leave = 300 * time.Millisecond
	nodes := f.nodes(2)
	here, other := nodes[0].connects("Maths", "1"), nodes[0].connects("Maths", "2")
	there := nodes[1].connects("Maths", "3")
	here.hears(connected(there))
	actorstest.Must(t, nodes[1].membership.Leave(t.Context()))
	for _, c := range []*client{here, other} {
		c.hears(disconnected(there))
		if got := c.got(disconnected(there)); len(got) != 1 {
			t.Errorf("told %q", got)
		}
	}
	exactEverywhere(t, nodes[:1], "Maths", here, other)
	if lost := nodes[0].call("Maths").Lost; len(lost) != 0 {
		t.Errorf("who said goodbye is lost: %v", lost)
	}
}
