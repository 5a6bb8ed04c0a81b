package room

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// What events of other nodes tell a roster, or fail to tell it, without a cluster.

// listening is a lone roster with one socket, and the roster of node b beside it.
type listening struct {
	*lone
	ear *ear

	version uint64 // of b's roster, as it answers roll calls
	entries []Entry
}

// newListening returns a roster whose grain has just numbered the join of its first socket.
func newListening(t *testing.T) *listening {
	l := &listening{lone: newLone(t, "b"), ear: new(ear), version: 1}
	l.tell(&Join{Seat: NewSeat(entriesOf(9)[0], "Maths", l.ear, engineio.V4)})
	return l
}

// enrols brings the roster its own join back, with a number.
func (l *listening) enrols() {
	l.tell(&protos.RoomEvents{
		Room: "Maths", Node: "a", Incarnation: "system-a", Epoch: 1, FirstSeq: 1, Changes: l.pending.underway,
	})
}

// has changes the roster of b without telling anybody.
func (l *listening) has(version uint64, entries ...Entry) { l.version, l.entries = version, entries }

// tells sends changes of b's roster, unnumbered.
func (l *listening) tells(changes ...*protos.RosterChange) {
	l.tell(&protos.RoomEvents{Room: "Maths", Node: "b", Incarnation: "system-b", Changes: changes})
}

// told returns the events that the socket was told, all of them or what begins so.
func (l *listening) told(prefix string) (frames []string) {
	for _, frame := range l.ear.told {
		if strings.HasPrefix(string(frame), prefix) {
			frames = append(frames, string(frame))
		}
	}
	return frames
}

// answers has b answer the roll calls that have come.
func (l *listening) answers() {
	for node, call := range l.asks() {
		l.replies(node, call, l.version, l.entries...)
	}
}

// hears lets time pass, in which b answers roll calls, until the socket is told so.
func (l *listening) hears(kind string, socket int) string {
	l.t.Helper()
	prefix := fmt.Sprintf(`42["socket-%s","%s"`, kind, idOf(socket))
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); l.pass(time.Millisecond) {
		if told := l.told(prefix); len(told) > 0 {
			return told[0]
		}
		l.answers()
	}
	l.t.Fatalf("waited in vain for %s; the socket was told\n%s", prefix, bytes.Join(l.ear.told, []byte("\n")))
	return ""
}

// joining is the change that the join of an entry is.
func joining(e Entry, previous, version uint64, first bool) *protos.RosterChange {
	return &protos.RosterChange{
		Kind: protos.RosterChange_CONNECTED, IdSocket: e.Socket, IdUser: e.User, Since: e.Since,
		Previous: previous, Version: version, First: first,
	}
}

// An event that was lost is told all the same, though later.
func TestLostEventsAreToldAfterARollCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newListening(t)
		l.enrols()
		l.answers()
		e := entriesOf(1, 2, 3, 4)

		l.has(2, e[0])
		l.tells(joining(e[0], 1, 2, true))
		l.hears("connected", 1)

		// Version 3, a join, is lost; version 4 shows the gap.
		l.has(4, e[:3]...)
		l.tells(joining(e[2], 3, 4, false))
		l.hears("connected", 3)
		l.hears("connected", 2)

		// The leaves of all are lost, and so is that of the next to come; the roster
		// then begins anew, so that no gap is seen.
		l.has(12, e[3])
		l.tells(joining(e[3], 11, 12, true))
		l.hears("connected", 4)
		for i := range 3 {
			l.hears("disconnected", i+1)
		}
		if got := l.told(`42["socket-`); len(got) != 7 {
			t.Errorf("%d events: %q", len(got), got)
		}
	})
}

// A socket that joined elsewhere after the roll call of a roster that woke, and
// before the room's grain knew of that roster, is known here all the same.
func TestWhoJoinedBeforeTheGrainKnewOfARosterIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newListening(t)
		waking := l.asks()["b"]
		if waking == nil {
			t.Fatal("a roster that woke calls no roll")
		}
		l.replies("b", waking, 1)
		if again := l.asks(); len(again) > 0 {
			t.Errorf("asked %v before the grain knows the roster", again)
		}
		l.enrols()
		l.has(2, entriesOf(1)...)
		l.hears("connected", 1)

		l.sees(2)
		l.seen.Lost = []membership.Lost{{Name: "b", Since: time.Now()}}
		l.tell(membership.ViewChanged{New: l.seen})
		l.hears("disconnected", 1)
	})
}

// What comes late, over a connection of before, is told without its number.
func TestNumbersAreToldInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newListening(t)
		l.enrols()
		l.answers()
		entries := entriesOf(5, 6)
		for i, seq := range []uint64{10, 4} {
			l.tell(&protos.RoomEvents{
				Room: "Maths", Node: "b", Incarnation: "system-b", Epoch: 1, FirstSeq: seq,
				Changes: []*protos.RosterChange{joining(entries[i], uint64(i+1), uint64(i+2), i == 0)},
			})
		}
		if told := l.hears("connected", 5); !strings.Contains(told, `"epoch":1,"seq":10`) {
			t.Errorf("told %s", told)
		}
		if told := l.hears("connected", 6); strings.Contains(told, "seq") {
			t.Errorf("told %s, which is not the next number", told)
		}
	})
}

func TestEventsOfAnotherLifeAreNotBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newListening(t)
		l.enrols()
		l.answers()
		e := entriesOf(5)[0]
		l.tell(&protos.RoomEvents{
			Room: "Maths", Node: "b", Incarnation: "of before", Changes: []*protos.RosterChange{joining(e, 1, 2, true)},
		})
		l.tell(&protos.RoomEvents{
			Room: "Maths", Node: "a", Incarnation: "of before", Changes: []*protos.RosterChange{joining(e, 1, 99, true)},
		})
		marker := entriesOf(6)[0]
		l.has(2, marker)
		l.tells(joining(marker, 1, 2, true))
		l.hears("connected", 6)
		if got := l.told(`42["socket-`); len(got) != 1 {
			t.Errorf("told %q", got)
		}
	})
}
