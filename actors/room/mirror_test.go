package room

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/protos"
)

// live takes steps at random, of those that are named, and checks after each what
// must hold at any time.
func (d *distant) live(steps []string, step func(string)) {
	for range rapid.IntRange(1, 60).Draw(d.t, "steps") {
		step(rapid.SampledFrom(steps).Draw(d.t, "step"))
		d.check()
	}
}

// step takes a step that is part of any life, if it can be taken now.
func (d *distant) step(name string) {
	switch name {
	case "join":
		d.join()
	case "leave":
		if i, ok := pick(d.t, "socket", d.seats.list); ok {
			d.leave(i)
		}
	case "rejoin":
		if d.next > 0 {
			d.rejoin(rapid.IntRange(0, d.next-1).Draw(d.t, "who"))
		}
	case "ask":
		d.ask()
	case "answer":
		if i, ok := pick(d.t, "call", d.asked); ok {
			d.answer(i)
		}
	case "read":
		if i, ok := pick(d.t, "reply", d.reply); ok {
			a := d.reply[i]
			d.reply = slices.Delete(d.reply, i, i+1)
			d.read(a)
		}
	case "retire":
		d.retire()
	default:
		d.t.Fatalf("no step %q", name)
	}
}

func pick[T any](t *rapid.T, name string, list []T) (int, bool) {
	if len(list) == 0 {
		return 0, false
	}
	return rapid.IntRange(0, len(list)-1).Draw(t, name), true
}

// Events get lost, come twice or late, roll calls are answered at some time
// between question and answer, rosters fail, nodes are evicted and come back: in
// the end the mirror and the clients know who is there.
func TestMirrorEndsRightWhateverTheNetworkDoes(t *testing.T) {
	steps := []string{
		"join", "join", "join", "leave", "leave", "rejoin", "deliver", "deliver", "deliver", "deliver twice", "lose",
		"ask", "answer", "read", "settle", "fail", "retire", "thaw", "wake",
	}
	rapid.Check(t, func(t *rapid.T) {
		d := newDistant(t, rapid.Bool().Draw(t, "known"))
		d.live(steps, func(step string) {
			switch step {
			case "deliver":
				if len(d.events) > 0 {
					i := 0 // in order, as a rule
					if rapid.IntRange(0, 3).Draw(t, "late") == 0 {
						i, _ = pick(t, "event", d.events)
					}
					c := d.events[i]
					d.events = slices.Delete(d.events, i, i+1)
					d.hear(c)
				}
			case "deliver twice":
				if i, ok := pick(t, "event", d.events); ok {
					d.hear(d.events[i])
				}
			case "lose":
				if i, ok := pick(t, "event", d.events); ok {
					d.events = slices.Delete(d.events, i, i+1)
				}
			case "settle":
				d.settle()
			case "fail":
				d.fail()
			case "thaw":
				d.thaw()
			case "wake":
				d.wake()
			default:
				d.step(step)
			}
		})
		d.finish()
	})
}

// While nothing is lost, each event is told once and in order, however roll
// calls overtake them. Of who is back before the first of these was answered, the latest
// join is enough.
func TestMirrorTellsEachEventOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := []string{"join", "join", "leave", "deliver", "deliver", "ask", "answer", "read", "retire"}
		known := rapid.Bool().Draw(t, "known")
		if known {
			steps = append(steps, "rejoin")
		}
		d := newDistant(t, known)
		var want []string
		deliver := func() {
			c := d.events[0]
			d.events = d.events[1:]
			d.hear(c)
			want = append(want, fmt.Sprint(c.GetKind(), " ", c.GetIdSocket()))
			if diff := cmp.Diff(want, d.log); diff != "" {
				t.Fatalf("(-happened +told):\n%s", diff)
			}
		}
		d.live(steps, func(step string) {
			if step != "deliver" {
				d.step(step)
			} else if len(d.events) > 0 {
				deliver()
			}
		})
		for len(d.events) > 0 {
			deliver()
		}
		d.wantEntries()
		if d.mirror.owes() || known && !d.mirror.exact() {
			t.Fatalf("owes %v, exact %v, although nothing was lost", d.mirror.owes(), d.mirror.exact())
		}
		d.finish()
	})
}

// What a mirror takes for exact stays so when the leave of a socket that is back
// already comes late: an "unchanged" would show a roll without it.
func TestLateLeaveDoesNotTakeOutWhoIsBack(t *testing.T) {
	e := entriesOf(1)[0]
	back := Entry{Socket: e.Socket, User: e.User, Since: e.Since + 1}
	recent := &recentIDs{}
	m := &mirror{known: true, recent: recent, audience: newAudience(func(string) {}, func(string) {})}
	tells := func(kind protos.RosterChange_Kind, e Entry, version uint64, want bool) {
		t.Helper()
		if got := m.apply(changeOf(kind, e, version-1, version, false)); got != want {
			t.Errorf("%v at version %d is told: %v", kind, version, got)
		}
	}
	const in, out = protos.RosterChange_CONNECTED, protos.RosterChange_DISCONNECTED
	tells(in, e, 1, true)
	m.replace(3, []Entry{back}) // a reply overtakes the leave and the return
	tells(out, e, 2, true)
	if m.comparable() != 3 || len(m.entries) != 1 || m.entries[0].Entry != back {
		t.Errorf("at version %d: %+v", m.comparable(), m.entries)
	}
	tells(in, back, 3, true)
	tells(out, e, 2, false) // once more
	tells(in, e, 1, false)
	if len(m.entries) != 1 || m.owes() || recent.has(e.Socket) {
		t.Errorf("%+v, owes %v, announced as gone %v", m.entries, m.owes(), recent.has(e.Socket))
	}
}

// The first answers of a node may overtake a join and its leave. They are told all the
// same, when they come: our clients may not have asked in between.
func TestEventsThatTwoAnswersOvertookAreTold(t *testing.T) {
	e := entriesOf(1)[0]
	m := &mirror{recent: &recentIDs{}, audience: newAudience(func(string) {}, func(string) {})}
	m.replace(1, []Entry{e})
	m.replace(2, nil)
	for i, kind := range []protos.RosterChange_Kind{protos.RosterChange_CONNECTED, protos.RosterChange_DISCONNECTED} {
		for _, want := range []bool{true, false} { // the second time it is a late echo
			if got := m.apply(changeOf(kind, e, uint64(i), uint64(1+i), false)); got != want {
				t.Errorf("%v is told: %v", kind, got)
			}
		}
	}
	if m.owes() || len(m.entries) > 0 {
		t.Errorf("%+v, owes %v", m.entries, m.owes())
	}
}

// Who was only seen in an answer is no news either when the roster there fails, and its
// sockets join a new one.
func TestWhoWasSeenAndJoinsANewRosterIsNoNews(t *testing.T) {
	e := entriesOf(1)[0]
	m := &mirror{recent: &recentIDs{}, audience: newAudience(func(string) {}, func(string) {})}
	m.replace(1, []Entry{e})
	if m.apply(changeOf(protos.RosterChange_CONNECTED, e, 4, 5, true)) {
		t.Error("it is told")
	}
	if m.owes() || len(m.entries) != 1 {
		t.Errorf("%+v, owes %v", m.entries, m.owes())
	}
}

// What is owed waits while events are missing, or nothing is known yet: a reply will say
// more.
func TestNothingIsSettledBeforeTheMirrorIsExact(t *testing.T) {
	e := entriesOf(1, 2, 3)
	m := &mirror{known: true, recent: &recentIDs{}, audience: newAudience(func(string) {}, func(string) {})}
	settle := func(want ...Entry) {
		t.Helper()
		m.settle() // what is owed from now on waits for the second one
		if got, gone := m.settle(); !slices.Equal(got, want) || len(gone) > 0 {
			t.Errorf("told %v, and %v as gone, want %v", got, gone, want)
		}
	}
	m.replace(5, e[:1])
	m.apply(changeOf(protos.RosterChange_CONNECTED, e[2], 6, 7, false)) // that of version 6 is missing
	if m.exact() || m.comparable() != 0 {
		t.Errorf("exact %v, to be compared with version %d", m.exact(), m.comparable())
	}
	settle()
	m.replace(7, e)
	settle(e[0], e[1]) // the third was told by its event
	m.rest()
	if m.exact() || m.owes() {
		t.Errorf("exact %v, owes %v, though nobody here was told anything", m.exact(), m.owes())
	}
}

// Who was announced as gone and comes late is not let in, and so the mirror is not the
// roster at that version: "unchanged" would hide who is there.
func TestALateJoinDoesNotCarryTheMirrorOn(t *testing.T) {
	e := entriesOf(1)[0]
	recent := &recentIDs{}
	recent.add(e.Socket, 9)
	m := &mirror{known: true, version: 5, recent: recent, audience: newAudience(func(string) {}, func(string) {})}
	if m.apply(changeOf(protos.RosterChange_CONNECTED, e, 5, 6, false)) || len(m.entries) > 0 {
		t.Errorf("told, with %v", m.entries)
	}
	if m.comparable() != 0 {
		t.Errorf("compares with version %d", m.comparable())
	}
	if m.apply(changeOf(protos.RosterChange_DISCONNECTED, e, 5, 6, false)); m.exact() {
		t.Error("the leave of the same version carries it on")
	}
}

// A reply that says what is known already changes nothing, so the latest roll may be
// given again.
func TestTheSameEntriesAreNoChange(t *testing.T) {
	e := entriesOf(1, 2)
	m := &mirror{known: true, recent: &recentIDs{}, audience: newAudience(func(string) {}, func(string) {})}
	if !m.replace(5, e) || m.replace(6, e) {
		t.Error("new entries are no change, or the same ones are")
	}
	if m.comparable() != 6 || m.untold != 2 {
		t.Errorf("version %d, %d untold", m.comparable(), m.untold)
	}
	if back := []Entry{e[0], {Socket: e[1].Socket, User: e[1].User, Since: 9}}; !m.replace(7, back) {
		t.Error("who left and is back is no change")
	}
}
