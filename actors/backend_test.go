package actors

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/backend"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/problem"
)

// assembly is three nodes with somebody on each.
type assembly struct {
	*fixture
	nodes                      []*testNode
	maths1, maths2, both, lone *client // on nodes 1, 2, 3 and 3; the lone one is in no room
	third                      *client // of protocol 3, on node 2
}

func assemble(t *testing.T) *assembly {
	t.Helper()
	f := newFixture(t)
	a := &assembly{fixture: f, nodes: f.nodes(3)}
	a.maths1, a.maths2 = a.nodes[0].connects("Maths", "1"), a.nodes[1].connects("Maths", "1")
	a.both = a.nodes[2].connects("Maths", "2")
	a.both.joins("Physics")
	a.lone = a.nodes[2].connectsWithoutRoom("3")
	a.third = a.nodes[1].dial(engineio.V3, a.nodes[1].Attend(as("Latin", "4")))
	a.third.id, a.third.user = sidIn(t, a.third.hears(`0{"sid":`)[1:]), "4"
	a.third.hears(`42["handshake"`)
	return a
}

func whole() backend.Completeness { return backend.Completeness{Complete: true, Missing: []string{}} }

func TestRoomsComeInPagesFromAllNodes(t *testing.T) {
	a := assemble(t)
	for i := range 10 {
		a.maths1.joins(fmt.Sprint("Room-", i))
		if i%2 == 0 {
			a.both.joins(fmt.Sprint("Room-", i))
		}
	}
	want := []room.Populace{{Room: "Latin", Sockets: 1}, {Room: "Maths", Sockets: 3}, {Room: "Physics", Sockets: 1}}
	for i := range 10 {
		want = append(want, room.Populace{Room: fmt.Sprint("Room-", i), Sockets: 2 - i%2})
	}
	for _, n := range a.nodes {
		for _, limit := range []int{1, 3, 13, backend.MostRooms} {
			var got []room.Populace
			for after, more := "", true; more; {
				page := n.Backend().Rooms(t.Context(), after, "", limit)
				if diff := cmp.Diff(whole(), page.Completeness); diff != "" || len(page.Rooms) > limit {
					t.Fatalf("%d rooms, and %s", len(page.Rooms), diff)
				}
				got = append(got, page.Rooms...)
				after, more = page.Next, page.Next != ""
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s in pages of %d (-want +got):\n%s", n.name, limit, diff)
			}
		}
	}
	if page := a.nodes[1].Backend().Rooms(t.Context(), "", "Phy", 10); len(page.Rooms) != 1 || page.Rooms[0].Room != "Physics" || page.Next != "" {
		t.Errorf("of the prefix: %+v", page)
	}
	a.both.asks("leave", `"Physics"`)
	if page := a.nodes[0].Backend().Rooms(t.Context(), "", "Phy", 10); len(page.Rooms) != 0 {
		t.Errorf("that nobody is in: %+v", page)
	}
}

func TestPresenceAndCountsAndSockets(t *testing.T) {
	a := assemble(t)
	for _, n := range a.nodes {
		b := n.Backend()
		presence := b.Presence(t.Context(), []string{"1", "2", "3", "none"}, []string{"Maths", "Nobody's", "Physics"})
		if diff := cmp.Diff(backend.Presence{Users: []int{2, 1, 1, 0}, Rooms: []int{3, 0, 1}, Completeness: whole()}, presence); diff != "" {
			t.Errorf("presence (-want +got):\n%s", diff)
		}
		count, err := b.Count(t.Context(), "Maths")
		if diff := cmp.Diff(backend.Count{Sockets: 3, Users: 2, Completeness: whole()}, count); diff != "" || err != nil {
			t.Errorf("count: %v (-want +got):\n%s", err, diff)
		}
		of := b.SocketsOf(t.Context(), "1")
		want := []backend.Socket{{ID: a.maths1.id, Node: "node-1", Rooms: []string{"Maths"}}, {ID: a.maths2.id, Node: "node-2", Rooms: []string{"Maths"}}}
		slices.SortFunc(want, func(a, b backend.Socket) int { return strings.Compare(a.ID, b.ID) })
		for i := range of.Sockets {
			if age := time.Since(of.Sockets[i].Since); age < 0 || age > 3*actorstest.Patience {
				t.Errorf("connected %v ago", age)
			}
			of.Sockets[i].Since = time.Time{}
		}
		if diff := cmp.Diff(backend.Sockets{Sockets: want, Completeness: whole()}, of); diff != "" {
			t.Errorf("sockets (-want +got):\n%s", diff)
		}
		if of := b.SocketsOf(t.Context(), "2"); len(of.Sockets) != 1 || !slices.Equal(of.Sockets[0].Rooms, []string{"Maths", "Physics"}) {
			t.Errorf("sockets of 2: %+v", of)
		}
		if of := b.SocketsOf(t.Context(), "nobody"); of.Sockets == nil || len(of.Sockets) > 0 || !of.Complete {
			t.Errorf("sockets of nobody: %+v", of)
		}
	}
}

func TestEmitsReachWhoIsMeant(t *testing.T) {
	a := assemble(t)
	all := []*client{a.maths1, a.maths2, a.both, a.lone, a.third}
	for i, test := range []struct {
		to   backend.Target
		want []*client
	}{
		{backend.Target{Room: "Maths"}, []*client{a.maths1, a.maths2, a.both}},
		{backend.Target{Room: "Latin"}, []*client{a.third}},
		{backend.Target{Room: "Nobody's"}, nil},
		{backend.Target{User: "1"}, []*client{a.maths1, a.maths2}},
		{backend.Target{User: "3"}, []*client{a.lone}},
		{backend.Target{User: "4"}, []*client{a.third}},
		{backend.Target{User: "none"}, nil},
		{backend.Target{Socket: a.both.id}, []*client{a.both}},
		{backend.Target{Socket: a.third.id}, []*client{a.third}},
		{backend.Target{Socket: "none"}, nil},
	} {
		for _, n := range a.nodes {
			event := fmt.Sprintf("news-%d-%s", i, n.name)
			got, err := n.Backend().Emit(t.Context(), backend.Emit{To: test.to, Event: event, Args: []json.RawMessage{json.RawMessage(`{"a":[1,"ü"]}`), json.RawMessage(`2`)}})
			if diff := cmp.Diff(backend.Result{Sockets: len(test.want), Completeness: whole()}, got); diff != "" || err != nil {
				t.Errorf("to %+v: %v (-want +got):\n%s", test.to, err, diff)
			}
			frame := fmt.Sprintf(`42["%s",{"a":[1,"ü"]},2]`, event)
			for _, c := range test.want {
				c.hears(frame)
			}
			for _, c := range all {
				if heard := len(c.got(frame)); heard > 1 || heard == 1 && !slices.Contains(test.want, c) {
					t.Errorf("user %s heard %s %d times", c.user, event, heard)
				}
			}
		}
	}
}

// A repeated emit reaches no socket again, whichever node is asked; another one under the
// same key is refused.
func TestARepeatedEmitIsHandedOnOnce(t *testing.T) {
	a := assemble(t)
	for i, to := range []backend.Target{{Room: "Maths"}, {User: "1"}, {Socket: a.maths2.id}} {
		e := backend.Emit{To: to, Event: fmt.Sprint("paid-", i), Args: []json.RawMessage{json.RawMessage("1")}, Key: fmt.Sprint("order ", i)}
		first, err := a.nodes[0].Backend().Emit(t.Context(), e)
		actorstest.Must(t, err)
		for _, n := range a.nodes {
			again, err := n.Backend().Emit(t.Context(), e)
			if diff := cmp.Diff(first, again); diff != "" || err != nil || first.Sockets == 0 {
				t.Errorf("again: %v (-first +again):\n%s", err, diff)
			}
			other := e
			other.Args = nil
			if _, err := n.Backend().Emit(t.Context(), other); problem.NameOf(err) != problem.IdempotencyMismatch {
				t.Errorf("another one: %v", err)
			}
		}
		marker := fmt.Sprint("marker-", i)
		_, err = a.nodes[1].Backend().Emit(t.Context(), backend.Emit{To: to, Event: marker})
		actorstest.Must(t, err)
		a.maths2.hears(fmt.Sprintf(`42["%s"`, marker)) // behind whatever was sent
		for _, c := range []*client{a.maths1, a.maths2, a.both} {
			if got := c.got(fmt.Sprintf(`42["%s"`, e.Event)); len(got) > 1 {
				t.Errorf("user %s heard it %d times", c.user, len(got))
			}
		}
	}
}

// However many say the same at once, by whatever node, each socket hears it once.
func TestTheSameEmitManyTimesAtOnceIsHandedOnOnce(t *testing.T) {
	a := assemble(t)
	var emitting sync.WaitGroup
	for _, to := range []backend.Target{{Room: "Maths"}, {User: "1"}} {
		for i := range 30 {
			emitting.Go(func() {
				e := backend.Emit{To: to, Event: "paid", Key: to.Room + to.User}
				got, err := a.nodes[i%len(a.nodes)].Backend().Emit(t.Context(), e)
				if err != nil || got.Complete && got.Sockets < 2 {
					t.Errorf("to %+v: %+v, %v", to, got, err)
				}
			})
		}
	}
	emitting.Wait()
	_, err := a.nodes[0].Backend().Emit(t.Context(), backend.Emit{To: backend.Target{Room: "Maths"}, Event: "marker"})
	actorstest.Must(t, err)
	for c, want := range map[*client]int{a.maths1: 2, a.maths2: 2, a.both: 1} {
		c.hears(`42["marker"`)
		if got := c.got(`42["paid"`); len(got) != want {
			t.Errorf("user %s heard it %d times, not %d", c.user, len(got), want)
		}
	}
}

func TestClosedSocketsAreToldAndLeaveForGood(t *testing.T) {
	for _, test := range []struct {
		name  string
		to    func(a *assembly) backend.Target
		gone  func(a *assembly) []*client
		stays func(a *assembly) []*client
	}{
		{"a socket", func(a *assembly) backend.Target { return backend.Target{Socket: a.maths2.id} },
			func(a *assembly) []*client { return []*client{a.maths2} },
			func(a *assembly) []*client { return []*client{a.maths1, a.both, a.lone, a.third} }},
		{"a user", func(*assembly) backend.Target { return backend.Target{User: "1"} },
			func(a *assembly) []*client { return []*client{a.maths1, a.maths2} },
			func(a *assembly) []*client { return []*client{a.both, a.lone, a.third} }},
		{"a user without a room", func(*assembly) backend.Target { return backend.Target{User: "3"} },
			func(a *assembly) []*client { return []*client{a.lone} },
			func(a *assembly) []*client { return []*client{a.maths1, a.maths2, a.both, a.third} }},
		{"a room", func(*assembly) backend.Target { return backend.Target{Room: "Maths"} },
			func(a *assembly) []*client { return []*client{a.maths1, a.maths2, a.both} },
			func(a *assembly) []*client { return []*client{a.lone, a.third} }},
		{"of protocol 3", func(*assembly) backend.Target { return backend.Target{Room: "Latin"} },
			func(a *assembly) []*client { return []*client{a.third} },
			func(a *assembly) []*client { return []*client{a.maths1, a.maths2, a.both, a.lone} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := assemble(t)
			gone, stays := test.gone(a), test.stays(a)
			got := a.nodes[0].Backend().Close(t.Context(), test.to(a))
			if diff := cmp.Diff(backend.Result{Sockets: len(gone), Completeness: whole()}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, c := range gone {
				if reason := c.ends(); reason != session.ServerDisconnect {
					t.Errorf("closed for %q", reason)
				}
				frames := c.got("")
				if last := frames[len(frames)-2:]; !strings.HasPrefix(last[0], `42["closing",{"code":"closed","error":"`) || last[1] != "41" {
					t.Errorf("user %s was told last %q", c.user, last)
				}
			}
			var maths []*client
			for _, c := range stays {
				if c.Closed() != "" {
					t.Errorf("user %s was closed, too", c.user)
				}
				if strings.Contains(c.hears(`42["handshake"`), `"Maths"`) {
					maths = append(maths, c)
				}
			}
			soonExactEverywhere(t, a.nodes, "Maths", maths...)
			if again := a.nodes[1].Backend().Close(t.Context(), test.to(a)); again.Sockets != 0 || !again.Complete {
				t.Errorf("closed again: %+v", again)
			}
		})
	}
}

// Who polls is told by the next poll, and hears of the end by the one behind it.
func TestWhoPollsIsToldThatItIsClosed(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	r := nodes[0].polled(nodes[0].Attend(as("Maths", "1")))
	r.posts(nodes[0], "40")
	for got := []string{}; !slices.ContainsFunc(got, func(p string) bool { return strings.HasPrefix(p, `42["handshake"`) }); {
		got = append(got, r.polls(nodes[0])...)
	}
	if got := nodes[1].Backend().Close(t.Context(), backend.Target{Room: "Maths"}); got.Sockets != 1 {
		t.Fatalf("%+v", got)
	}
	r.ends()
	if got := r.polls(nodes[1]); len(got) != 2 || !strings.HasPrefix(got[0], `42["closing",{"code":"closed"`) || got[1] != "41" {
		t.Errorf("the next poll brings %q", got)
	}
	if got := r.polls(nodes[1]); !slices.Equal(got, []string{"1"}) {
		t.Errorf("the poll behind it brings %q", got)
	}
}

func TestARemovedSocketLeavesOneRoom(t *testing.T) {
	a := assemble(t)
	got := a.nodes[0].Backend().Remove(t.Context(), "Maths", a.both.id)
	if diff := cmp.Diff(backend.Result{Sockets: 1, Completeness: whole()}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if frame := a.both.hears(`42["removed",`); frame != `42["removed",{"room":"Maths","code":"removed"}]` {
		t.Errorf("it was told %s", frame)
	}
	a.maths1.hears(disconnected(a.both))
	soonExactEverywhere(t, a.nodes, "Maths", a.maths1, a.maths2)
	exactEverywhere(t, a.nodes, "Physics", a.both)
	a.both.joins("Maths") // it may come back
	for _, none := range [][2]string{{"Latin", a.both.id}, {"Maths", "none"}, {"Nobody's", a.maths1.id}} {
		if got := a.nodes[1].Backend().Remove(t.Context(), none[0], none[1]); got.Sockets != 0 || !got.Complete {
			t.Errorf("removed from %s: %+v", none[0], got)
		}
	}
}

// A node that does not answer is named, and nobody waits for longer than for a roll. What
// was found of one socket is whole without it.
func TestASilentNodeIsNamedAsMissing(t *testing.T) {
	const deadline = 400 * time.Millisecond
	f := newFixture(t)
	nodes := f.nodes(2, func(c *Config) { c.RollDeadline = deadline })
	silent := f.puppet(true)
	one, two := nodes[0].connects("Maths", "1"), nodes[1].connects("Maths", "2")
	b := nodes[0].Backend()
	key := backend.Emit{To: backend.Target{Room: "Maths"}, Event: "news", Key: "k"}
	lacking := backend.Completeness{Missing: []string{silent.name()}}
	emit := func(e backend.Emit) func() (backend.Completeness, int) {
		return func() (backend.Completeness, int) {
			r, err := b.Emit(t.Context(), e)
			actorstest.Must(t, err)
			return r.Completeness, r.Sockets
		}
	}
	order := func(r backend.Result) (backend.Completeness, int) { return r.Completeness, r.Sockets }
	for _, test := range []struct {
		name    string
		ask     func() (backend.Completeness, int)
		sockets int
		whole   bool
	}{
		{"rooms", func() (backend.Completeness, int) {
			page := b.Rooms(t.Context(), "", "", 5)
			return page.Completeness, page.Rooms[0].Sockets
		}, 2, false},
		{"presence", func() (backend.Completeness, int) {
			p := b.Presence(t.Context(), []string{"1"}, []string{"Maths"})
			return p.Completeness, p.Users[0] + p.Rooms[0]
		}, 3, false},
		{"count", func() (backend.Completeness, int) {
			c, err := b.Count(t.Context(), "Maths")
			actorstest.Must(t, err)
			return c.Completeness, c.Sockets
		}, 2, false},
		{"sockets of a user", func() (backend.Completeness, int) {
			of := b.SocketsOf(t.Context(), "2")
			return of.Completeness, len(of.Sockets)
		}, 1, false},
		{"emit to a room", emit(key), 2, false},
		{"the same emit", emit(key), 2, false},
		{"emit to a user", emit(backend.Emit{To: backend.Target{User: "2"}, Event: "x"}), 1, false},
		{"emit to a socket", emit(backend.Emit{To: backend.Target{Socket: two.id}, Event: "x"}), 1, true},
		{"emit to no socket", emit(backend.Emit{To: backend.Target{Socket: "none"}, Event: "x"}), 0, false},
		{"remove", func() (backend.Completeness, int) { return order(b.Remove(t.Context(), "Maths", two.id)) }, 1, true},
		{"close a socket", func() (backend.Completeness, int) { return order(b.Close(t.Context(), backend.Target{Socket: two.id})) }, 1, true},
		{"close a room", func() (backend.Completeness, int) { return order(b.Close(t.Context(), backend.Target{Room: "Maths"})) }, 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := time.Now()
			got, sockets := test.ask()
			if took := time.Since(asked); took > 2*deadline {
				t.Errorf("it took %v", took)
			}
			want := lacking
			if test.whole {
				want = whole()
			}
			if diff := cmp.Diff(want, got); diff != "" || sockets != test.sockets {
				t.Errorf("%d sockets, want %d (-want +got):\n%s", sockets, test.sockets, diff)
			}
		})
	}
	one.ends()
	if heard := one.got(`42["news"`); len(heard) != 1 {
		t.Errorf("heard %d times what was emitted twice with one key", len(heard))
	}
}

// Who reads too slowly loses what backends say, and is not counted.
func TestASlowReaderIsNotCounted(t *testing.T) {
	f := newFixture(t)
	n := f.start()
	slow, quick := n.connects("Maths", "1"), n.connects("Maths", "2")
	slow.Pause()
	big := backend.Emit{To: backend.Target{Room: "Maths"}, Event: "big", Args: []json.RawMessage{json.RawMessage(`"` + strings.Repeat("x", 100<<10) + `"`)}}
	sent := 0
	actorstest.Eventually(t, "no room", func() bool {
		got, err := n.Backend().Emit(t.Context(), big)
		actorstest.Must(t, err)
		sent++
		return got.Sockets == 1
	})
	slow.Resume()
	slow.hears(`42["messages-dropped",{"room":"Maths","count":`)
	quick.awaits("all", func() bool { return len(quick.got(`42["big"`)) == sent })
	if slow.Closed() != "" {
		t.Errorf("it was closed: %s", slow.Closed())
	}
}

func TestWhatANodeTellsOfAUserIsBounded(t *testing.T) {
	f := newFixture(t)
	n := f.start(func(c *Config) { c.MaxRooms = 4 })
	n.connects("Maths", "1")
	answer := n.socketsHere(&protos.AskSockets{IdUser: "1"})
	if len(answer.GetSockets()) != 1 || answer.GetMore() {
		t.Fatalf("%v", answer)
	}
	for range mostSocketsTold {
		d := &attendee{node: n.Node}
		d.id = fmt.Sprintf("%p", d)
		n.admissions.ask(&d.admission, "1", noToken, nil)
		n.admissions.connected(&d.admission, d)
		t.Cleanup(func() { n.admissions.end(&d.admission) })
	}
	if answer := n.socketsHere(&protos.AskSockets{IdUser: "1"}); len(answer.GetSockets()) != mostSocketsTold || !answer.GetMore() {
		t.Errorf("%d are told, more: %v", len(answer.GetSockets()), answer.GetMore())
	}
	if of := n.Backend().SocketsOf(t.Context(), "1"); of.Complete || !slices.Equal(of.Missing, []string{"node-1"}) {
		t.Errorf("%v", of.Completeness)
	}
}
