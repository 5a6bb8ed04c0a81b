package room

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/protos"
)

// distant is a roster on another node, as it is; its mirror, as we see it; and
// what is on its way between the two.
type distant struct {
	t    *rapid.T
	draw func() uint64

	seats  seats
	next   int   // number of the next socket
	stays  int64 // how often one came back
	events []*protos.RosterChange
	asked  []uint64 // versions that roll calls under way compare with
	reply  []answer

	mirror   *mirror
	recent   recentIDs
	audience *audience

	clients  map[string]bool // who is here, as the local clients were told
	seen     map[string]bool // those of them that were not told but seen in a roll: they may be told still
	gone     map[string]bool // who was announced as gone
	returned map[string]bool // who may be announced again: was buried, or joined a new roster
	log      []string
}

// answer is a reply of the distant roster.
type answer struct {
	version   uint64
	unchanged bool
	entries   []Entry
}

// newDistant returns a roster that we know from its beginning, or one that was
// there before us.
func newDistant(t *rapid.T, known bool) *distant {
	d := &distant{
		t: t, draw: counter(), audience: newAudience(func(string) {}, func(string) {}),
		clients: map[string]bool{}, seen: map[string]bool{}, gone: map[string]bool{}, returned: map[string]bool{},
	}
	d.seats = newSeats(d.draw)
	d.face(known)
	return d
}

// face begins a new mirror.
func (d *distant) face(known bool) {
	d.mirror = &mirror{known: known, recent: &d.recent, audience: d.audience}
}

func (d *distant) join() {
	e := Entry{Socket: idOf(d.next), User: strconv.Itoa(1 + d.next%3)}
	d.next++
	d.events = append(d.events, d.seats.join(&Seat{Entry: e}))
}

// rejoin lets a socket in again that has left.
func (d *distant) rejoin(n int) {
	e := Entry{Socket: idOf(n), User: strconv.Itoa(1 + n%3)}
	d.stays++
	e.Since = d.stays
	if c := d.seats.join(&Seat{Entry: e}); c != nil {
		d.returned[e.Socket] = true
		d.events = append(d.events, c)
	}
}

func (d *distant) leave(i int) {
	d.events = append(d.events, d.seats.leave(d.seats.list[i].Socket))
}

// fail replaces the roster by a new one, which its sockets join.
func (d *distant) fail() {
	old := d.seats.entries()
	d.seats = newSeats(d.draw)
	for _, e := range old {
		d.returned[e.Socket] = true
		d.events = append(d.events, d.seats.join(&Seat{Entry: e}))
	}
}

// retire replaces an empty roster.
func (d *distant) retire() {
	if len(d.seats.list) == 0 {
		d.seats = newSeats(d.draw)
	}
}

// hear delivers an event.
func (d *distant) hear(c *protos.RosterChange) {
	if d.mirror.apply(c) {
		d.tell(c.GetKind(), c.GetIdSocket())
	}
}

func (d *distant) ask() { d.asked = append(d.asked, d.mirror.comparable()) }

// answer answers the roll call i, and the answer sets out.
func (d *distant) answer(i int) {
	version := d.asked[i]
	d.asked = slices.Delete(d.asked, i, i+1)
	d.reply = append(d.reply, answer{
		version: d.seats.version, unchanged: version == d.seats.version, entries: d.seats.entries(),
	})
}

// read delivers an answer.
func (d *distant) read(a answer) {
	began := !d.mirror.known
	if a.unchanged {
		d.mirror.agreed(a.version)
	} else {
		d.mirror.replace(a.version, a.entries)
	}
	if !began || !d.mirror.known {
		return
	}
	// The local clients take a roll of their own, and apply on top what they are told.
	for _, s := range d.mirror.entries {
		if !d.gone[s.Socket] && !d.clients[s.Socket] {
			d.clients[s.Socket], d.seen[s.Socket] = true, true
		}
	}
}

// wake is what happens when the last client here leaves and another one comes.
func (d *distant) wake() {
	clear(d.clients)
	clear(d.seen)
	clear(d.gone)
	d.recent = recentIDs{}
	d.mirror.rest()
}

func (d *distant) owed(id string) bool { _, ok := d.mirror.ghosts[id]; return ok }

func (d *distant) settle() {
	connected, disconnected := d.mirror.settle()
	d.tellAll(protos.RosterChange_CONNECTED, connected)
	d.tellAll(protos.RosterChange_DISCONNECTED, disconnected)
}

// thaw is what happens when the node was evicted and is back: the same roster
// gets a new mirror, and answers to earlier roll calls count no more.
func (d *distant) thaw() {
	for _, e := range d.seats.list {
		d.returned[e.Socket] = true
	}
	for _, s := range d.mirror.entries {
		d.returned[s.Socket] = true // it may be older than its leave, which is on its way
	}
	d.tellAll(protos.RosterChange_DISCONNECTED, d.mirror.bury())
	if left := len(d.clients); left > 0 {
		d.t.Fatalf("%d sockets of a dead node were not announced as gone: %v", left, d.clients)
	}
	d.asked, d.reply = nil, nil
	d.face(true)
}

func (d *distant) tellAll(kind protos.RosterChange_Kind, entries []Entry) {
	for _, e := range entries {
		d.tell(kind, e.Socket)
	}
}

func (d *distant) tell(kind protos.RosterChange_Kind, id string) {
	d.log = append(d.log, fmt.Sprint(kind, " ", id))
	if kind == protos.RosterChange_CONNECTED {
		if d.clients[id] && !d.seen[id] {
			d.t.Fatalf("%s announced as connected twice", id)
		}
		if d.gone[id] && !d.returned[id] {
			d.t.Fatalf("%s announced as connected after it was gone", id)
		}
		d.clients[id], d.gone[id], d.seen[id] = true, false, false
		return
	}
	if d.gone[id] {
		d.t.Fatalf("%s announced as gone twice", id)
	}
	delete(d.clients, id)
	d.gone[id] = true
}

// check compares what must hold at any time.
func (d *distant) check() {
	m := d.mirror
	counts := map[string]int{}
	untold := 0
	for _, s := range m.entries {
		counts[s.User]++
		if !s.told {
			untold++
		}
		if d.owed(s.Socket) {
			d.t.Fatalf("%s is present and a ghost", s.Socket)
		}
	}
	if diff := cmp.Diff(counts, d.audience.counts); diff != "" {
		d.t.Fatalf("audience (-entries +counted):\n%s", diff)
	}
	if untold != m.untold {
		d.t.Fatalf("%d entries are untold, counted %d", untold, m.untold)
	}
	if !slices.IsSortedFunc(m.entries, func(a, b sighting) int { return a.compare(b.Socket) }) {
		d.t.Fatal("entries are not sorted")
	}
	// What a roll call would take for unchanged must be unchanged.
	if v := m.comparable(); m.known && v > 0 && v == d.seats.version {
		d.wantEntries()
	}
}

func (d *distant) wantEntries() {
	var got []Entry
	for _, s := range d.mirror.entries {
		got = append(got, s.Entry)
	}
	if !slices.Equal(got, d.seats.entries()) {
		d.t.Fatalf("at version %d the roster is\n%v, its mirror\n%v", d.seats.version, d.seats.entries(), got)
	}
}

// finish lets the network come to rest: a roll call is answered in full, and
// nothing else happens.
func (d *distant) finish() {
	d.read(answer{version: d.seats.version, entries: d.seats.entries()})
	d.settle()
	d.settle()
	d.check()
	d.wantEntries()
	want := map[string]bool{}
	for _, e := range d.seats.list {
		want[e.Socket] = true
	}
	if diff := cmp.Diff(want, d.clients); diff != "" {
		d.t.Fatalf("the clients were told of another room (-is +told):\n%s\n%v", diff, d.log)
	}
	if d.mirror.owes() || !d.mirror.exact() {
		d.t.Fatalf("still owes %v, exact %v", d.mirror.owes(), d.mirror.exact())
	}
}
