package room

import (
	"testing"
	"testing/synctest"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/protos/engineio"
)

// picky is a socket that may have no room for messages, and notes what its actor is told.
type picky struct {
	ear
	full bool
	told []any
}

func (p *picky) PushMessage(room string, frames []*outbox.Frame) bool {
	return !p.full && p.ear.PushMessage(room, frames)
}

func (p *picky) Tell(msg any) { p.told = append(p.told, msg) }

// result keeps what an order came to.
type result struct {
	calls, sockets int
	whole          bool
}

func (r *result) done(sockets int, whole bool) { *r = result{r.calls + 1, sockets, whole} }

// seatSome seats sockets, of which the second has no room and the third is not greeted.
func seatSome(l *lone, n int) []picky {
	all := make([]picky, n)
	for i := range all {
		st := NewSeat(Entry{Socket: idOf(i), User: "1"}, "Maths", &all[i], engineio.V4)
		st.greeted, all[i].full = i != 2, i == 1
		l.seats.join(st)
	}
	return all
}

func TestAnEmissionCountsWhoGetsIt(t *testing.T) {
	const sockets = 2*Turn + 3
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t)
		all := seatSome(l, sockets)
		var got result
		l.tell(&Emission{Room: "Maths", Event: "news", Args: [][]byte{[]byte(`{"a":1}`)}, Done: got.done})
		if got != (result{1, sockets - 2, true}) {
			t.Errorf("done by %+v", got)
		}
		for i := range all {
			heard := all[i].ear.told
			if i == 1 || i == 2 {
				if len(heard) > 0 {
					t.Errorf("socket %d heard %q", i, heard)
				}
			} else if len(heard) != 1 || string(heard[0]) != `42["news",{"a":1}]` {
				t.Fatalf("socket %d heard %q", i, heard)
			}
		}
	})
}

// Who is not greeted yet is sent away as well: nobody stays.
func TestAClearanceSendsEverybodyAway(t *testing.T) {
	const sockets = Turn + 7
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t)
		all := seatSome(l, sockets)
		var got result
		l.tell(&Clearance{Room: "Maths", Done: got.done})
		if got != (result{1, sockets, true}) {
			t.Errorf("done by %+v", got)
		}
		for i := range all {
			if len(all[i].told) != 1 || all[i].told[0].(SentAway).Seat.Socket != idOf(i) {
				t.Fatalf("socket %d was told %v", i, all[i].told)
			}
		}
	})
}

// A roster that ends or fails says that it has not done all.
func TestOrdersEndWithTheirRoster(t *testing.T) {
	for name, end := range map[string]func(*lone){"it stops": func(l *lone) { l.stop() }, "it fails": func(l *lone) { l.fail() }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLone(t)
				seatSome(l, 3*Turn)
				var emitted, cleared result
				l.handle(&Emission{Room: "Maths", Event: "news", Done: emitted.done}, nil)
				l.handle(&Clearance{Room: "Maths", Done: cleared.done}, nil)
				if emitted.calls+cleared.calls > 0 {
					t.Fatal("done in one turn: the test says nothing")
				}
				end(l)
				if emitted.calls != 1 || emitted.whole || emitted.sockets == 0 {
					t.Errorf("emitted by %+v", emitted)
				}
				if cleared != (result{1, 0, false}) {
					t.Errorf("cleared by %+v", cleared)
				}
			})
		})
	}
}

func TestRostersKeepTheCensus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLone(t)
		var st [3]*Seat
		for i := range st {
			st[i] = NewSeat(Entry{Socket: idOf(i), User: "1"}, "Maths", new(ear), engineio.V4)
			l.tell(&Join{Seat: st[i]})
		}
		l.tell(&Join{Seat: st[0]}) // again
		l.tell(&Leave{Seat: st[1]})
		l.tell(&Leave{Seat: st[1]})
		if n := l.home.Census.Of("Maths"); n != 2 {
			t.Errorf("%d are counted", n)
		}
		l.fail()
		l.stop()
		if page, _ := l.home.Census.Page("", "", 10); len(page) > 0 {
			t.Errorf("counted after the end: %v", page)
		}
	})
}
