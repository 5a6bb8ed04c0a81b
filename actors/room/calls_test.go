package room

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
)

// The rules of roll calls, by one roster without a cluster, and with time that the test
// lets pass.

func TestNoQueryJoinsARollCallThatBeganBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t, "b")
		early := l.query()
		first := l.asks()["b"]
		late := []<-chan *Roll{l.query(), l.query()}
		if again := l.asks(); len(again) > 0 {
			t.Errorf("asked %v while a roll call is under way", again)
		}
		l.replies("b", first, 1)
		l.isMadeOf("the early roll", l.has("the early query", early), []NodeStatus{Answered, Answered}, 0)
		second := l.asks()["b"]
		l.hasNone("a query that came after it began", late[0])
		l.replies("b", first, 2, entriesOf(7)...) // once more: it is over
		l.hasNone("a query whose roll call was not answered", late[0])
		l.replies("b", second, 2, entriesOf(1)...)
		shared := l.has("a late query", late[0])
		l.isMadeOf("the late roll", shared, []NodeStatus{Answered, Answered}, 1)
		if shared != l.has("another late query", late[1]) {
			t.Error("queries that came together have different rolls")
		}
	})
}

func TestARollIsAnsweredByItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t, "b", "c")
		answer := l.query()
		l.replies("c", l.asks()["c"], 1, entriesOf(1, 2)...)
		l.pass(249 * time.Millisecond)
		l.hasNone("before the deadline", answer)
		l.pass(time.Millisecond)
		l.isMadeOf("the roll", l.has("at the deadline", answer), []NodeStatus{Answered, Missing, Answered}, 2)
	})
}

// One silent node must not make a query wait for two deadlines.
func TestAQueryQueuesBriefly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t, "b")
		first := l.query()
		l.pass(10 * time.Millisecond)
		second := l.query()
		l.take()
		l.pass(19 * time.Millisecond)
		if len(l.asks()) > 0 {
			t.Error("a query started a roll call of its own too early")
		}
		l.pass(time.Millisecond)
		own := l.asks()["b"]
		if own == nil {
			t.Fatal("a query that has queued for long enough has no roll call")
		}
		l.pass(220 * time.Millisecond)
		l.isMadeOf("the first roll", l.has("the first query", first), []NodeStatus{Answered, Missing}, 0)
		l.hasNone("the second query before its deadline", second)
		l.pass(10 * time.Millisecond)
		l.isMadeOf("the second roll", l.has("the second query", second), []NodeStatus{Answered, Missing}, 0)
	})
}

func TestANodeInDoubtIsWaitedForBriefly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t, "b")
		first := l.query()
		missed := l.asks()["b"]
		l.pass(250 * time.Millisecond)
		l.has("the first query", first)

		second := l.query()
		l.pass(DoubtPatience - time.Millisecond)
		l.hasNone("a node in doubt may still answer", second)
		l.pass(time.Millisecond)
		l.isMadeOf("the second roll", l.has("the second query", second), []NodeStatus{Answered, Missing}, 0)

		l.replies("b", missed, 1) // too late for its roll, and yet a sign of life
		l.take()
		third := l.query()
		l.pass(DoubtPatience)
		l.hasNone("a node that is in doubt no more is waited for", third)
		l.replies("b", l.asks()["b"], 1, entriesOf(1)...)
		l.isMadeOf("the third roll", l.has("the third query", third), []NodeStatus{Answered, Answered}, 1)
	})
}

// What was seen last is compared, and holds if the other node says so.
func TestARosterThatHasNotChangedSaysJustThat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t, "b")
		first := l.query()
		l.replies("b", l.asks()["b"], 5, entriesOf(1, 2)...)
		l.has("the first query", first)

		second := l.query()
		call := l.asks()["b"]
		if call.GetVersion() != 5 || call.GetIncarnation() != "system-b" {
			t.Fatalf("compares with version %d of %q", call.GetVersion(), call.GetIncarnation())
		}
		l.tell(&protos.RollReply{Call: call.GetCall(), Node: "b", Incarnation: "system-b", Version: 5, Unchanged: true})
		l.isMadeOf("the second roll", l.has("the second query", second), []NodeStatus{Answered, Unchanged}, 2)
	})
}

// The other side of that: who is asked sends its entries only to who has others.
func TestWhoIsAskedSendsWhatTheAskerLacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t)
		l.seats.join(&Seat{Entry: entriesOf(1)[0]})
		now := l.seats.version
		for _, c := range []struct {
			name        string
			incarnation string
			version     uint64
			unchanged   bool
		}{
			{"has them", "system-a", now, true},
			{"has older ones", "system-a", now - 1, false},
			{"has those of a later version, as of another process", "system-a", now + 1, false},
			{"has those of the node's earlier life", "system-z", now, false},
			{"has none", "", 0, false},
		} {
			l.tell(&protos.RollCall{Call: 7, Room: "Maths", Incarnation: c.incarnation, Version: c.version})
			var replies []*protos.RollReply
			for _, s := range l.take() {
				if reply, ok := s.msg.(*protos.RollReply); ok {
					replies = append(replies, reply)
				}
			}
			if len(replies) != 1 {
				t.Fatalf("%s: %d replies", c.name, len(replies))
			}
			r := replies[0]
			entries, err := DecodePart(r.GetPart())
			actorstest.Must(t, err)
			if r.GetUnchanged() != c.unchanged || (len(entries) == 0) != c.unchanged || r.GetVersion() != now || r.GetCall() != 7 || r.GetMore() {
				t.Errorf("%s: %v", c.name, r)
			}
		}
	})
}

// A roster with more entries than fit into one reply.
func TestRosterAnswersInPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t)
		const sockets = pageSize + 10
		for i := range sockets {
			l.seats.join(&Seat{Entry: entriesOf(i)[0]})
		}
		l.tell(&protos.RollCall{Call: 7, Room: "Maths"})
		var got []Entry
		pages := l.take()
		for i, s := range pages {
			page, ok := s.msg.(*protos.RollReply)
			if !ok {
				t.Fatalf("answered with %T", s.msg)
			}
			entries, err := DecodePart(page.GetPart())
			actorstest.Must(t, err)
			if page.GetCall() != 7 || page.GetVersion() != l.seats.version || len(entries) > pageSize || page.GetMore() != (i < len(pages)-1) {
				t.Errorf("page %d of %d: call %d, version %d, more %v, with %d entries", i, len(pages), page.GetCall(), page.GetVersion(), page.GetMore(), len(entries))
			}
			got = append(got, entries...)
		}
		if !slices.Equal(got, l.seats.entries()) {
			t.Errorf("%d sockets of %d", len(got), sockets)
		}
	})
}

func TestABrokenLinkEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t, "b", "c")
		answer := l.query()
		l.replies("c", l.asks()["c"], 1)
		l.tell(LinkLost{"x:1"})
		l.hasNone("the link to somebody else", answer)
		l.tell(LinkLost{"b:1"})
		l.isMadeOf("the roll", l.has("at once", answer), []NodeStatus{Answered, Missing, Answered}, 0)
		next := l.query()
		l.pass(DoubtPatience)
		l.hasNone("whose link broke is not in doubt for that", next)
		l.pass(250 * time.Millisecond)
	})
}

// Who left is forgotten; who was evicted is named as lost, and not as missing.
func TestWhoIsNoMemberAnyMoreIsNotWaitedFor(t *testing.T) {
	for _, c := range []struct {
		name string
		lost []string
	}{{"left", nil}, {"was evicted", []string{"b"}}} {
		synctest.Test(t, func(t *testing.T) {
			l := newLone(t, "b")
			answer := l.query()
			l.sees(2)
			for _, name := range c.lost {
				l.seen.Lost = append(l.seen.Lost, membership.Lost{Name: name, Since: time.Now()})
			}
			l.tell(membership.ViewChanged{New: l.seen})
			roll := l.has(c.name, answer)
			l.isMadeOf(c.name, roll, []NodeStatus{Answered}, 0)
			var lost []string
			for _, n := range roll.Lost {
				lost = append(lost, n.Name)
			}
			if !slices.Equal(lost, c.lost) {
				t.Errorf("%s: lost %v", c.name, lost)
			}
		})
	}
}

// What a reply brings and no event has announced is told after a moment, and who is gone
// likewise: an event is usually on its way.
func TestWhatNoEventAnnouncedIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t)
		l.seats.join(&Seat{Entry: entriesOf(9)[0]})
		l.wake()
		l.sees(2, "b")
		l.tell(membership.ViewChanged{New: l.seen})
		l.replies("b", l.asks()["b"], 5, entriesOf(1)...) // the roll call that mends
		m := l.mirrors["b"]
		if !m.owes() {
			t.Fatalf("owes nothing for %+v", m.entries)
		}
		l.pass(settleEvery)
		if !m.owes() {
			t.Error("told before its event could have come")
		}
		l.pass(settleEvery)
		if m.owes() {
			t.Error("never told")
		}
	})
}
