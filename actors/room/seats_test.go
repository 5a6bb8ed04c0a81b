package room

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/protos"
)

func counter() func() uint64 {
	var n uint64
	return func() uint64 { n++; return n }
}

func TestJoinAndLeaveAreOneVersionEach(t *testing.T) {
	s := newSeats(counter())
	type step struct {
		join, leave int
		kind        protos.RosterChange_Kind // UNKNOWN: nothing changes
		first       bool
		left        []Entry
	}
	const in, out = protos.RosterChange_CONNECTED, protos.RosterChange_DISCONNECTED
	steps := []step{
		{leave: 1, left: entriesOf()},
		{join: 2, kind: in, first: true, left: entriesOf(2)},
		{join: 2, left: entriesOf(2)},
		{join: 1, kind: in, left: entriesOf(1, 2)},
		{join: 3, kind: in, left: entriesOf(1, 2, 3)},
		{leave: 4, left: entriesOf(1, 2, 3)},
		{leave: 2, kind: out, left: entriesOf(1, 3)},
		{leave: 2, left: entriesOf(1, 3)},
		{leave: 1, kind: out, left: entriesOf(3)},
		{leave: 3, kind: out, left: entriesOf()},
		{join: 4, kind: in, first: true, left: entriesOf(4)},
	}
	for i, step := range steps {
		before := s.version
		var c *protos.RosterChange
		if step.join > 0 {
			c = s.join(&Seat{Entry: entriesOf(step.join)[0]})
		} else {
			c = s.leave(idOf(step.leave))
		}
		switch {
		case step.kind == protos.RosterChange_UNKNOWN:
			if c != nil || s.version != before {
				t.Errorf("step %d changed the roster: %v", i, c)
			}
		case c.GetKind() != step.kind || c.GetFirst() != step.first || c.GetPrevious() != before ||
			c.GetVersion() != s.version || s.version <= before ||
			entryOf(c) != entriesOf(step.join + step.leave)[0]:
			t.Errorf("step %d is told as %v, version %d → %d", i, c, before, s.version)
		}
		if got := s.entries(); !slices.Equal(got, step.left) {
			t.Errorf("after step %d: %v", i, got)
		}
	}
}

func TestSeatIsFoundByID(t *testing.T) {
	s := newSeats(counter())
	st := &Seat{Entry: entriesOf(5)[0]}
	s.join(st)
	if s.get(idOf(5)) != st || s.get(idOf(4)) != nil || s.get(idOf(6)) != nil || s.get("") != nil {
		t.Error("the wrong seat was found")
	}
}

// The encoded part is kept, and never outlives the roster that it shows.
func TestPartIsThatOfTheSeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSeats(counter())
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			n := rapid.IntRange(0, 9).Draw(t, "n")
			before, version := s.part(), s.version
			if rapid.Bool().Draw(t, "join") {
				s.join(&Seat{Entry: entriesOf(n)[0]})
			} else {
				s.leave(idOf(n))
			}
			if s.version == version && s.part() != before {
				t.Fatal("an unchanged roster was encoded twice")
			}
			got, err := DecodePart(s.part())
			if err != nil || !slices.Equal(got, s.entries()) {
				t.Fatalf("part has %v, seats are %v, error %v", got, s.entries(), err)
			}
		}
	})
}
