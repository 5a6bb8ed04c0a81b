package actors

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/session"
)

// asks emits an event that wants an answer, and returns the answer.
func (c *client) asks(event string, args ...string) string {
	c.t.Helper()
	c.acks++
	parts := append([]string{fmt.Sprintf("%q", event)}, args...)
	c.says(fmt.Sprintf("42%d[%s]", c.acks, strings.Join(parts, ",")))
	return c.answer(c.acks)
}

// answer waits for the answer to the event with that id.
func (c *client) answer(id int) string {
	c.t.Helper()
	prefix := fmt.Sprintf("43%d[", id)
	return strings.TrimSuffix(strings.TrimPrefix(c.hears(prefix), prefix), "]")
}

// joins joins a further room.
func (c *client) joins(room string) {
	c.t.Helper()
	if answer := c.asks("join", fmt.Sprintf("%q", room)); !strings.HasPrefix(answer, `{"ok":true,`) {
		c.t.Fatalf("join %s: %s", room, answer)
	}
}

func TestRoomsAtRunTime(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(3)
	for _, n := range nodes {
		n.grain("Physics")
	}
	one, two := nodes[0].connects("Maths", "1"), nodes[1].connects("Physics", "2")
	answer := one.asks("join", `"Physics"`)
	exactEverywhere(t, nodes, "Physics", one, two)
	exactEverywhere(t, nodes, "Maths", one)
	var joined struct {
		OK         bool
		Room       string
		Epoch, Seq uint64
	}
	actorstest.Must(t, json.Unmarshal([]byte(answer), &joined))
	seen := two.hears(connected(one))
	place := connected(one) + `,{"id_user":"1","room":"Physics","node":"node-1","since":"`
	number := fmt.Sprintf(`"epoch":%d,"seq":%d}]`, joined.Epoch, joined.Seq)
	if !joined.OK || joined.Room != "Physics" || joined.Seq == 0 || !strings.HasPrefix(seen, place) || !strings.HasSuffix(seen, number) {
		t.Errorf("answered %s, and the other is told %s", answer, seen)
	}

	three := nodes[2].connects("Physics", "3")
	one.hears(connected(three))
	if got := one.got(`42["handshake"`); len(got) != 1 {
		t.Errorf("greeted by %q", got)
	}

	if answer := one.asks("leave", `{"room":"Maths"}`); answer != `{"ok":true,"room":"Maths"}` {
		t.Errorf("left by %s", answer)
	}
	exactEverywhere(t, nodes, "Maths")
	if answer := one.asks("leave", `"Physics"`); answer != `{"ok":true,"room":"Physics"}` {
		t.Errorf("left by %s", answer)
	}
	exactEverywhere(t, nodes, "Physics", two, three)
	for _, c := range []*client{two, three} {
		c.hears(disconnected(one))
	}
	one.joins("Maths")
	exactEverywhere(t, nodes, "Maths", one)
}

// Who leaves a room and comes back to it is told of like anybody, in order.
func TestWhoComesBackIsToldAgain(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	for _, n := range nodes {
		n.grain("Maths")
	}
	witnesses := []*client{nodes[0].connects("Maths", "1"), nodes[1].connects("Maths", "2")}
	c := nodes[0].connects("Maths", "3")
	const times = 6
	for range times {
		c.asks("leave", `"Maths"`)
		exactEverywhere(t, nodes, "Maths", witnesses...)
		c.joins("Maths")
		exactEverywhere(t, nodes, "Maths", append(witnesses, c)...)
	}
	c.leaves()
	for _, w := range witnesses {
		w.awaits("all events", func() bool { return len(w.got(disconnected(c))) == times+1 })
		var own []event
		for _, e := range w.events() {
			if e.id == c.id {
				own = append(own, e)
			}
		}
		for i, e := range own {
			if want := []string{"socket-connected", "socket-disconnected"}[i%2]; e.name != want || e.seq != own[0].seq+uint64(i) {
				t.Fatalf("event %d of %+v", i, own)
			}
		}
	}
	soonExactEverywhere(t, nodes, "Maths", witnesses...)
}

// A client need not wait for one answer before it says the next thing.
func TestJoinsAndLeavesInARowAreAnsweredInOrder(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	c := nodes[0].connects("Maths", "1")
	var says []string
	for i := range 20 {
		says = append(says, fmt.Sprintf(`42%d["join","Physics"]`, 2*i), fmt.Sprintf(`42%d["leave","Physics"]`, 2*i+1))
	}
	c.says(says...)
	c.says(`4240["join","Physics"]`)
	for id := range 41 {
		if answer := c.answer(id); !strings.HasPrefix(answer, `{"ok":true,"room":"Physics"`) {
			t.Errorf("answer %d is %s", id, answer)
		}
	}
	if acks := c.got("43"); !slices.IsSortedFunc(acks, func(a, b string) int { return idOfAck(t, a) - idOfAck(t, b) }) {
		t.Errorf("answered in another order: %q", acks)
	}
	exactEverywhere(t, nodes, "Physics", c)
}

func idOfAck(t *testing.T, frame string) int {
	t.Helper()
	var id int
	_, err := fmt.Sscanf(frame, "43%d[", &id)
	actorstest.Must(t, err)
	return id
}

func TestRefusedJoinsAndLeavesSayWhy(t *testing.T) {
	n := newFixture(t).start(func(c *Config) { c.MaxRooms = 2 })
	c := n.connects("Maths", "1")
	long := `"` + strings.Repeat("x", room.LongestName+1) + `"`
	tests := []struct{ event, arg, want string }{
		{"join", `null`, `join takes the name of a room`},
		{"join", `7`, `join takes the name of a room`},
		{"join", `["Maths"]`, `join takes the name of a room`},
		{"join", `{"rooms":"Maths"}`, `join takes the name of a room`},
		{"join", `{"room":null}`, `join takes the name of a room`},
		{"join", `{"ROOM":"Maths"}`, `join takes the name of a room`},
		{"join", `{"room":"\ud800"}`, `join takes the name of a room`},
		{"join", `""`, `The name of a room is missing`},
		{"join", long, `at most 256 bytes`},
		{"leave", `"Physics"`, `You are not in the room Physics`},
		{"leave", `{}`, `leave takes the name of a room`},
	}
	for _, test := range tests {
		if got := c.asks(test.event, test.arg); !strings.HasPrefix(got, `{"ok":false,"error":"`) || !strings.Contains(got, test.want) {
			t.Errorf("%s %s: %s", test.event, test.arg, got)
		}
	}
	if got := c.asks("join"); !strings.Contains(got, "join takes the name of a room") {
		t.Errorf("join nothing: %s", got)
	}
	first, again := c.asks("join", `"Latin"`), c.asks("join", `"Latin"`)
	if first != again || !strings.HasPrefix(first, `{"ok":true,`) {
		t.Errorf("joined by %s and %s", first, again)
	}
	if got := c.asks("join", `"Physics"`); !strings.Contains(got, "in 2 rooms at a time") {
		t.Errorf("the third room: %s", got)
	}
	c.asks("leave", `"Maths"`)
	c.joins("Physics")
	exactEverywhere(t, []*testNode{n}, "Physics", c)
	exactEverywhere(t, []*testNode{n}, "Maths")
}

func TestWhoDisconnectsLeavesAllRooms(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	rooms := []string{"Maths", "Physics", "Latin"}
	witness, c := nodes[1].connects("Maths", "1"), nodes[0].connects("Maths", "2")
	for _, room := range rooms[1:] {
		witness.joins(room)
		c.joins(room)
	}
	c.says("41")
	witness.awaits("three leaves", func() bool { return len(witness.got(disconnected(c))) == len(rooms) })
	for i, room := range rooms {
		exactEverywhere(t, nodes, room, witness)
		if !slices.ContainsFunc(witness.got(disconnected(c)), func(frame string) bool { return strings.Contains(frame, `"room":"`+room+`"`) }) {
			t.Errorf("room %d was not named", i)
		}
	}
	c.says("40")
	c.awaits("a second handshake", func() bool { return len(c.got(`42["handshake"`)) == 2 })
	c.id = sidIn(t, c.got(`40{"sid":`)[1][2:])
	exactEverywhere(t, nodes, "Maths", witness, c)
	exactEverywhere(t, nodes, "Physics", witness) // nobody brings it back there
}

func TestOwnIdentityChangeGoesToAllRooms(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	speaker := nodes[0].connects("Maths", "1")
	speaker.joins("Physics")
	maths, physics, both := nodes[1].connects("Maths", "2"), nodes[1].connects("Physics", "3"), nodes[1].connects("Maths", "4")
	both.joins("Physics")
	speaker.says(`42["identity-change",{"a":1}]`)
	const want = `42["identity-change",{"id_user":"1","version":1,"a":1}]`
	for _, c := range []*client{maths, physics, both} {
		c.hears(want)
	}
	both.awaits("one for each room", func() bool { return len(both.got(want)) == 2 })
}

// The roster of a room fails: its sockets are back in that room, and nothing
// happens to the others of theirs. What they were about to be answered, they are.
func TestPanicConcernsOneRoom(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	one, two := nodes[0].connects("Maths", "1"), nodes[0].connects("Maths", "2")
	one.joins("Physics")
	two.joins("Physics")
	two.asks("leave", `"Maths"`)
	for i := range 30 {
		if i%10 == 5 {
			nodes[0].panics("Physics")
		}
		one.says(fmt.Sprintf(`42%d["leave","Physics"]`, 100+2*i), fmt.Sprintf(`42%d["join","Physics"]`, 101+2*i))
	}
	actorstest.Eventually(t, "a panic", func() bool { return nodes[0].Panics() > 0 })
	one.answer(100 + 59)
	soonExactEverywhere(t, nodes, "Physics", one, two)
	exactEverywhere(t, nodes, "Maths", one)
	late := nodes[1].connects("Physics", "3")
	one.hears(connected(late))
	two.hears(connected(late))
	one.leaves()
	two.leaves()
	soonExactEverywhere(t, nodes, "Physics", late)
}

// Rooms and ids are separate namespaces (docs/wire.md): whoever joins a room
// that is named as another's id gets nothing of the other's.
func TestIDOfASocketIsNoRoom(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	victim, friend := nodes[0].connects("Maths", "1"), nodes[1].connects("Maths", "2")
	stranger := nodes[1].connects(victim.id, "3")
	stranger.joins(friend.id)
	before := len(stranger.got(""))
	exactEverywhere(t, nodes, victim.id, stranger)

	if answer := victim.asks("message", `"`+victim.id+`"`, `1`); !strings.Contains(answer, "You are not in the room") {
		t.Errorf("a socket is in a room of its own: %s", answer)
	}
	for _, speaker := range []*client{victim, friend} {
		if answer := speaker.asks("message", `"Maths"`, `"secret"`); answer != `{"ok":true}` {
			t.Errorf("answered %s", answer)
		}
		speaker.asks("identity-change", `{"secret":1}`)
	}
	if answer := stranger.asks("message", `"`+victim.id+`"`, `"spam"`); answer != `{"ok":true}` {
		t.Errorf("answered %s", answer)
	}
	friend.asks("leave", `"Maths"`) // behind all that went there
	victim.hears(disconnected(friend))
	for _, frame := range stranger.got("")[before:] {
		if !strings.HasPrefix(frame, "43") {
			t.Errorf("the stranger got %s", frame)
		}
	}
	for _, c := range []*client{victim, friend} {
		if got := append(c.got(`42["message",{"room":"`+victim.id), c.got(connected(stranger))...); len(got) != 0 {
			t.Errorf("got %q", got)
		}
	}
}

func TestRoomsThatEventsName(t *testing.T) {
	good := map[string]string{
		`"Maths"`: "Maths", `{"room":"Maths"}`: "Maths", `"\u0041"`: "A", `{"x":1,"room":"\""}`: `"`, `"\u0000"`: "\x00",
		`{"room":"Maths","ROOM":"Physics"}`: "Maths",
	}
	for arg, want := range good {
		if got, err := roomNamed(session.Event{Payload: session.Payload{Args: []json.RawMessage{json.RawMessage(arg)}}}); got != want || err != nil {
			t.Errorf("%s became %q, %v", arg, got, err)
		}
	}
}

// The sockets of a room are counted in the whole cluster.
func TestARoomHasItsLimit(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2, func(c *Config) { c.MaxPerRoom = 2 })
	one, two := nodes[0].connects("Maths", "1"), nodes[1].connects("Maths", "2")
	full := nodes[1].enters("Maths", "3")
	if reason := full.ends(); reason != session.TryAgain { // there may be a place when it comes back
		t.Errorf("the room is full, and the connection ends by %q", reason)
	}
	other := nodes[0].connects("Physics", "4")
	if answer := other.asks("join", `"Maths"`); !strings.Contains(answer, `"ok":false`) || !strings.Contains(answer, "full") {
		t.Errorf("answered %s", answer)
	}
	if answer := one.asks("join", `"Maths"`); !strings.Contains(answer, `"ok":true`) {
		t.Errorf("who is there already: %s", answer)
	}
	exactEverywhere(t, nodes, "Maths", one, two)
	two.leaves()
	actorstest.Eventually(t, "a place", func() bool { return nodes[0].call("Maths").Sockets() == 1 })
	other.joins("Maths")
}
