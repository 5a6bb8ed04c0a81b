package actors

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
)

func TestSocketsOfANodeThatLeftAreAnnouncedOnce(t *testing.T) {
	f := newFixture(t)
	f.Leave = 300 * time.Millisecond
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
