package actors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
)

// left returns how many messages of a room a client was told that it lost.
func (c *client) left(room string) int {
	c.t.Helper()
	total := 0
	for _, frame := range c.got(`42["messages-dropped"`) {
		var parts []json.RawMessage
		actorstest.Must(c.t, json.Unmarshal([]byte(frame[2:]), &parts))
		var gap struct {
			Room  string
			Count int
		}
		actorstest.Must(c.t, json.Unmarshal(parts[1], &gap))
		if gap.Room == room {
			total += gap.Count
		}
	}
	return total
}

// heardOf returns the numbers of a speaker's messages that came to a client.
func (c *client) heardOf(speaker *client, room string) (numbers []int) {
	c.t.Helper()
	for _, frame := range c.got(from(speaker, room)) {
		var number int
		if _, err := fmt.Sscanf(strings.TrimPrefix(frame, from(speaker, room)), `,%d,`, &number); err != nil {
			c.t.Fatalf("%q: %v", frame, err)
		}
		numbers = append(numbers, number)
	}
	return numbers
}

// polls has a client join a room that polls, at one node after the other. When it pauses
// it makes no further poll.
func (n *testNode) polls(room, user string, at []*testNode, change ...func(*socket.Wire)) *client {
	n.t.Helper()
	r := n.polled(n.Attend(as(room, user)), change...)
	c := newClient(n.t)
	c.user = user
	go func() {
		defer c.Close(session.TransportError)
		for i := 0; ; i++ {
			var frames []*outbox.Frame
			err := at[i%len(at)].Sockets().Poll(n.t.Context(), r.sid, func(payload []byte) error {
				for packet := range bytes.SplitSeq(payload, []byte("\x1e")) {
					frames = append(frames, &outbox.Frame{Data: packet})
				}
				return nil
			})
			if err != nil {
				return
			}
			_ = c.Write(frames)
		}
	}()
	r.posts(at[0], "40")
	c.greeted()
	return c
}

// Somebody says far more than a slow client reads, by whatever transport: that loses
// messages, and is told how many. It stays, misses nobody who comes or goes, and hears
// the others.
func TestSlowReaderLosesMessagesAndNothingElse(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	loud, quiet := nodes[0].connects("Maths", "1"), nodes[1].connects("Maths", "2")
	comes := nodes[0].connects("Physics", "6")
	quick := nodes[1].connects("Maths", "3")
	bounded := func(w *socket.Wire) { w.Outbound = 64 << 10 }
	slow := nodes[1].connects("Maths", "4", bounded)
	old := nodes[1].dial(engineio.V3, nodes[1].Attend(as("Maths", "5")), bounded)
	old.hears(`42["handshake"`)
	poller := nodes[1].polls("Maths", "7", nodes, bounded)
	far := nodes[1].polled(nodes[1].Attend(as("Maths", "8")), bounded)
	far.posts(nodes[0], "40")
	carried := far.upgrades(nodes[0])
	carried.greeted()
	all := map[string]*client{"websocket": slow, "protocol 3": old, "polling": poller, "websocket elsewhere": carried}
	quick.awaits("all", func() bool { return len(quick.got(`42["socket-connected"`)) == len(all) })
	before := len(quick.events())
	for _, c := range all {
		c.Pause()
	}

	const many = 48
	filler := strings.Repeat("x", 10_000)
	for i := range many {
		if got := loud.asks("message", fmt.Sprintf(`"Maths",%d,"%s"`, i, filler)); got != `{"ok":true}` {
			t.Errorf("answered %s", got)
		}
		if i%8 == 0 {
			comes.joins("Maths")
			comes.asks("leave", `"Maths"`)
		}
	}
	quiet.asks("message", `"Maths",0,"one word"`)
	comes.joins("Maths")
	const news = 2*many/8 + 1
	quick.awaits("who came and left", func() bool { return len(quick.events()) == before+news })
	for _, c := range all {
		c.Resume()
	}
	dropped := 0
	for name, c := range all {
		want := quick.events()[before:]
		c.awaits("the last to come", func() bool {
			got := c.events()
			return len(got) >= news && got[len(got)-1] == want[news-1]
		})
		if got := c.events(); !slices.Equal(got[len(got)-news:], want) {
			t.Errorf("%s: was told %v, want %v", name, got, want)
		}
		c.awaits("every message, or that it was left out", func() bool { return len(c.heardOf(loud, "Maths"))+c.left("Maths") == many })
		if got := c.heardOf(quiet, "Maths"); len(got) != 1 {
			t.Errorf("%s: of the quiet one came %v", name, got)
		}
		numbers := c.heardOf(loud, "Maths")
		if len(numbers) == many || len(numbers) == 0 || !slices.IsSorted(numbers) {
			t.Errorf("%s: of the loud one came %v", name, numbers)
		}
		if c.Closed() != "" {
			t.Errorf("%s: closed for %q", name, c.Closed())
		}
		dropped += c.left("Maths")
	}
	if got := quick.heardOf(loud, "Maths"); len(got) != many || quick.left("Maths") > 0 {
		t.Errorf("the quick one got %v", got)
	}
	if counted := nodes[1].memory.Dropped(); counted != uint64(dropped) {
		t.Errorf("%d are counted", counted)
	}
}

// A page tells of its rename by an event of its own, in place of the change. Who has
// no room for that hears of the change all the same.
func TestVersionIsToldThoughItsRelayIsLeftOut(t *testing.T) {
	f := newFixture(t)
	n := f.start(func(c *Config) { c.holdBack = actorstest.Patience })
	page, quick := n.connects("Maths", "1"), n.connects("Maths", "3")
	slow := n.connects("Maths", "2", func(w *socket.Wire) { w.Outbound = 8 << 10 })
	slow.Pause()
	for i := range 10 {
		if i == 1 {
			slow.awaits("its socket to wait", func() bool { return slow.IsWaitedFor() })
		}
		page.asks("message", `"Maths","`+strings.Repeat("x", 1000)+`"`)
	}
	_, err := n.Update(t.Context(), "1", identity.Edit{Name: new("another name")}, nil)
	actorstest.Must(t, err)
	page.asks("identity-change", `{"id_user":"1","filler":"`+strings.Repeat("x", 5000)+`"}`)
	quick.hears(`42["identity-change",{"id_user":"1","version":2,"filler"`)
	n.call("Maths") // then the roster has told the others, too
	slow.Resume()
	slow.hears(`42["identity-change",{"id_user":"1","version":2}]`)
	slow.awaits("a gap", func() bool { return slow.left("Maths") > 0 })
}

// What a socket holds is given back when it ends, read or not.
func TestOutboxesGiveTheirMemoryBack(t *testing.T) {
	f := newFixture(t)
	n := f.start(func(c *Config) { c.OutboxMemory = 1 << 20 })
	loud := n.connects("Maths", "1")
	var slow []*client
	for range 3 {
		c := n.connects("Maths", "2")
		c.Pause()
		slow = append(slow, c)
	}
	for i := range 400 {
		loud.asks("message", fmt.Sprintf(`"Maths",%d,"%s"`, i, strings.Repeat("x", 1000)))
		if used := n.memory.Used(); used > 1<<20 {
			t.Fatalf("%d bytes are held", used)
		}
	}
	if n.memory.Dropped() == 0 {
		t.Error("nothing was left out")
	}
	slow[0].leaves()
	slow[1].Close("")
	slow[0].Close("")
	slow[2].Resume()
	slow[1].leaves()
	slow[2].awaits("all", func() bool { return len(slow[2].heardOf(loud, "Maths"))+slow[2].left("Maths") == 400 })
	actorstest.Eventually(t, "all to be given back", func() bool { return n.memory.Used() == 0 })
}
