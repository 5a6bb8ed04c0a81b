package room

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/protos"
)

func change(version uint64) *protos.RosterChange {
	return &protos.RosterChange{Version: version, Previous: version - 1}
}

func versionsOf(changes []*protos.RosterChange) []uint64 {
	var versions []uint64
	for _, c := range changes {
		versions = append(versions, c.GetVersion())
	}
	return versions
}

func TestOneBatchIsUnderWayAtATime(t *testing.T) {
	var p pendingChanges
	if !p.idle() || p.next() != nil {
		t.Fatal("something is under way before anything was added")
	}
	p.add(change(1))
	p.add(change(2))
	if got := versionsOf(p.next()); !slices.Equal(got, []uint64{1, 2}) {
		t.Fatalf("first batch %v", got)
	}
	p.add(change(3))
	p.returned(change(1))
	if p.next() != nil {
		t.Fatal("a batch began while change 2 was under way")
	}
	p.returned(change(2))
	if got := versionsOf(p.next()); !slices.Equal(got, []uint64{3}) || p.idle() {
		t.Fatalf("second batch %v, idle %v", got, p.idle())
	}
	p.returned(change(3))
	if !p.idle() {
		t.Error("not idle although all have returned")
	}
}

func TestLateFailureOfABatchIsNotTakenForAnothers(t *testing.T) {
	var p pendingChanges
	p.add(change(1))
	p.next()
	first := p.batch
	p.returned(change(1))
	if p.giveUp(first) != nil {
		t.Error("gave up what had returned")
	}
	p.add(change(2))
	p.next()
	if p.giveUp(first) != nil {
		t.Error("gave up the second batch for the first one's failure")
	}
	p.add(change(3))
	if got := versionsOf(p.giveUp(p.batch)); !slices.Equal(got, []uint64{2, 3}) || !p.idle() {
		t.Errorf("gave up %v, idle %v", got, p.idle())
	}
	if p.returned(change(2)) || p.returned(change(3)) {
		t.Error("what was given up is news when it returns late")
	}
}

// Whatever the grain does with the batches, and whenever the roster loses its
// patience: each change is told once, and in order.
func TestEachOwnChangeIsToldOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			p       pendingChanges
			added   uint64
			told    []uint64
			flying  [][]*protos.RosterChange // batches on their way back, in order
			batches = []uint64{0}            // numbers of batches whose patience may end
		)
		tell := func(version uint64) {
			told = append(told, version)
			if version != uint64(len(told)) {
				t.Fatalf("told %v", told)
			}
		}
		send := func() {
			if changes := p.next(); changes != nil {
				flying = append(flying, slices.Clone(changes))
				batches = append(batches, p.batch)
			}
		}
		giveUp := func(batch uint64) {
			for _, c := range p.giveUp(batch) {
				tell(c.GetVersion())
			}
			send()
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"change", "change", "return", "return", "return again", "lose", "give up"}).Draw(t, "step") {
			case "change":
				added++
				p.add(change(added))
				send()
			case "return":
				if len(flying) > 0 {
					batch := flying[0]
					flying = flying[1:]
					for _, c := range batch {
						if p.returned(c) {
							tell(c.GetVersion())
						}
					}
					send()
				}
			case "return again": // the grain was asked twice, and numbered twice
				if len(flying) > 0 {
					for _, c := range flying[0] {
						if p.returned(c) {
							tell(c.GetVersion())
						}
					}
					send()
				}
			case "lose":
				if len(flying) > 0 {
					flying = flying[1:]
				}
			case "give up":
				giveUp(rapid.SampledFrom(batches).Draw(t, "batch"))
			}
			if p.idle() != (uint64(len(told)) == added) {
				t.Fatalf("idle %v with %d of %d changes told", p.idle(), len(told), added)
			}
		}
		for !p.idle() {
			giveUp(p.batch)
		}
		if uint64(len(told)) != added {
			t.Fatalf("told %d of %d changes", len(told), added)
		}
	})
}
