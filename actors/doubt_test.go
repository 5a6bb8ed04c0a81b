package actors

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/room"
)

// A node that missed a deadline costs later roll calls next to nothing; as soon as
// it answers, be it too late, it is waited for again.
func TestOneSilentNodeDoesNotSlowTheRest(t *testing.T) {
	f := newFixture(t)
	n := f.start(longDeadline) // longer than a test waits
	p := f.puppet(true)
	c := n.connects("Maths", "1")
	actorstest.Eventually(t, "the roll calls of a roster that woke", func() bool { return p.asked() >= 1 })
	n.home.Breakers.Missed(p.System.ID)
	for range 3 {
		roll := n.call("Maths")
		if got := roll.Missing(); len(got) != 1 || got[0] != p.name() || roll.Sockets() != 1 {
			t.Fatalf("missing %v of %v, and not %v", got, roll.Nodes, c.id)
		}
	}
	p.answers(p.asked()-1, p.asked()-1) // too late for that call
	actorstest.Eventually(t, "trust", func() bool { return !n.home.Breakers.Doubts(p.System.ID) })
	before := p.asked()
	answer := n.query("Maths")
	p.awaits(t, before+1)
	select {
	case roll := <-answer:
		t.Fatalf("answered without %s: %v", p.name(), roll.Nodes)
	case <-time.After(5 * room.DoubtPatience):
	}
	p.answers(before, before)
	if roll := <-answer; !roll.Complete() {
		t.Errorf("missing %v", roll.Missing())
	}
}

// It is the deadline that puts a node in doubt.
func TestANodeThatMissesTheDeadlineIsInDoubt(t *testing.T) {
	f := newFixture(t)
	f.Leave = 300 * time.Millisecond
	n := f.start(func(c *Config) { c.RollDeadline = 30 * time.Millisecond })
	p := f.puppet(true)
	n.call("Maths")
	if !n.home.Breakers.Doubts(p.System.ID) {
		t.Error("it is not")
	}
	actorstest.Must(t, p.Leave(t.Context()))
	actorstest.Eventually(t, "the end of doubt about who is no member", func() bool { return !n.home.Breakers.Doubts(p.System.ID) })
}
