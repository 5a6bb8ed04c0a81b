package actors

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// from begins a message as others get it.
func from(c *client, room string) string {
	return fmt.Sprintf(`42["message",{"room":"%s","id_socket":"%s","id_user":%q}`, room, c.id, c.user)
}

func (n *testNode) connectsOld(room string, user string) *client {
	n.t.Helper()
	c := n.dial(engineio.V3, n.Attend(as(room, user)))
	c.user = user
	c.id = sidIn(n.t, c.hears("0{")[1:])
	c.hears(`42["handshake",`)
	return c
}

func TestMessageGoesToTheOthersInTheRoomAsItCame(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(3)
	speaker := nodes[0].connects("Maths", "1")
	others := []*client{nodes[0].connects("Maths", "2"), nodes[1].connects("Maths", "1"), nodes[1].connectsOld("Maths", "3")}
	elsewhere := nodes[1].connects("Physics", "1")
	speaker.joins("Physics")
	const args = `{"x":"\ud800<&>"},12345678901234567890,null,[ 1, 2 ],{"_placeholder":true,"num":0}`
	if answer := speaker.asks("message", `"Maths"`, args); answer != `{"ok":true}` {
		t.Errorf("answered %s", answer)
	}
	for _, c := range others {
		// The answer came after every node had it in its outboxes, which are being written.
		if got, want := c.hears(`42["message"`), from(speaker, "Maths")+","+args+"]"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if answer := speaker.asks("message", `"Physics"`); answer != `{"ok":true}` {
		t.Errorf("answered %s", answer)
	}
	if got, want := elsewhere.hears(`42["message"`), from(speaker, "Physics")+"]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, c := range others {
		if got := c.got(`42["message"`); len(got) != 1 {
			t.Errorf("got %q", got)
		}
	}
	if got := speaker.got(`42["message"`); len(got) != 0 {
		t.Errorf("the speaker got its own %q", got)
	}
}

func TestMessagesOfASocketStayInOrder(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	speakers := []*client{nodes[0].connects("Maths", "1"), nodes[1].connects("Maths", "2")}
	listeners := []*client{nodes[0].connects("Maths", "3"), nodes[1].connects("Maths", "4")}
	const many = 500
	for i := range many {
		for _, s := range speakers {
			s.says(fmt.Sprintf(`42["message","Maths",%d]`, i))
		}
	}
	for _, l := range listeners {
		for _, s := range speakers {
			l.awaits("all messages", func() bool { return len(l.got(from(s, "Maths"))) == many })
			for i, frame := range l.got(from(s, "Maths")) {
				if want := fmt.Sprintf("%s,%d]", from(s, "Maths"), i); frame != want {
					t.Fatalf("number %d is %s, want %s", i, frame, want)
				}
			}
		}
	}
}

// The text and the attachments of a message arrive as they are, in one piece, and
// in the form of each version.
func TestBinaryMessagesStayWhole(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	modern, old := nodes[0].connects("Maths", "1"), nodes[1].connectsOld("Maths", "2")
	near, far, past := nodes[0].connects("Maths", "3"), nodes[1].connects("Maths", "4"), nodes[0].connectsOld("Maths", "5")
	const many = 20
	const args = `"Maths",{"_placeholder":true,"num":1},{"deep":[{"num":0,"_placeholder":true}]}`
	for i := range many {
		for _, s := range []*client{modern, old} {
			mark := ""
			if s == old {
				mark = "\x04"
			}
			s.says(fmt.Sprintf(`452-["message",%s,%d]`, args, i))
			s.line.Receive([]byte(mark+"\x00\xff"+s.id), true)
			s.line.Receive([]byte(mark), true)
		}
	}
	rest := strings.TrimPrefix(args, `"Maths"`)
	for _, l := range []*client{near, far, past} {
		mark := ""
		if l == past {
			mark = "\x04"
		}
		for _, s := range []*client{modern, old} {
			text := strings.Replace(from(s, "Maths"), "42", "452-", 1) + rest
			l.awaits("all messages", func() bool { return len(l.got(text)) == many })
			l.awaits("the last attachment", func() bool {
				all := l.got("")
				return all[len(all)-1] == mark
			})
			next := 0
			all := l.got("")
			for i, frame := range all {
				if !strings.HasPrefix(frame, text) {
					continue
				}
				if want := fmt.Sprintf("%s,%d]", text, next); frame != want || all[i+1] != mark+"\x00\xff"+s.id || all[i+2] != mark {
					t.Fatalf("got  %q\nwant %q", all[i:i+3], want)
				}
				next++
			}
		}
	}
}

func TestRefusedMessagesSayWhy(t *testing.T) {
	n := newFixture(t).start()
	c := n.connects("Maths", "1", func(w *socket.Wire) { w.Outbound = 2000 })
	tests := []struct{ args, want string }{
		{`"Physics",1`, "You are not in the room Physics: join it first"},
		{`{"room":"Maths"},1`, "takes the name of a room first"},
		{`null`, "takes the name of a room first"},
		{`"Maths","` + strings.Repeat("x", 1000) + `"`, "at most 1000 bytes"},
	}
	for _, test := range tests {
		if got := c.asks("message", test.args); !strings.HasPrefix(got, `{"ok":false,"error":"`) || !strings.Contains(got, test.want) {
			t.Errorf("%.40s: %s", test.args, got)
		}
	}
	if got := c.asks("message"); !strings.Contains(got, "takes the name of a room first") {
		t.Errorf("nothing: %s", got)
	}
	if got := c.asks("message", `"Maths"`, `"alone"`); got != `{"ok":true}` {
		t.Errorf("alone: %s", got)
	}
}

func TestMessagesCanBeSwitchedOff(t *testing.T) {
	f := newFixture(t)
	n := f.start(func(c *Config) { c.NoMessages = true })
	c, other := n.connects("Maths", "1"), n.connects("Maths", "2")
	if got := c.asks("message", `"Maths"`, `1`); !strings.Contains(got, `"ok":false`) || !strings.Contains(got, "switched off") {
		t.Errorf("answered %s", got)
	}
	c.asks("leave", `"Maths"`)
	other.hears(disconnected(c))
	if got := other.got(`42["message"`); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

// hearing is what a puppet was told of a room's messages.
func (p *puppet) hearing() []*protos.RoomMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*protos.RoomMessage(nil), p.messages...)
}

// confirmAll makes the puppet say that it took what it was told so far, and all
// that follows.
func (p *puppet) confirmAll() {
	p.confirm()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.messages {
		if m.GetConfirm() {
			p.System.Root.Send(p.asking, &protos.MessageTaken{Node: p.name(), Incarnation: p.System.ID, Number: m.GetNumber()})
		}
	}
}

// A node that does not say that it took a message is named, at the deadline.
func TestNodeThatDoesNotConfirmIsNamed(t *testing.T) {
	f := newFixture(t)
	const deadline = 100 * time.Millisecond
	n := f.start(func(c *Config) { c.RollDeadline = deadline })
	p := f.puppet(false)
	c, near := n.connects("Maths", "1"), n.connects("Maths", "2")
	began := time.Now()
	if got := c.asks("message", `"Maths"`, `1`); got != `{"ok":false,"error":"node-2 did not confirm","code":"not_confirmed"}` {
		t.Errorf("answered %s", got)
	}
	if took := time.Since(began); took < deadline {
		t.Errorf("given up after %v", took)
	}
	near.hears(from(c, "Maths"))
	heard := p.hearing()
	if len(heard) != 1 || !heard[0].GetConfirm() || heard[0].GetRoom() != "Maths" || string(heard[0].GetArgs()[0]) != "1" {
		t.Errorf("the other node was told %v", heard)
	}
	p.confirm()
	if got := c.asks("message", `"Maths"`, `2`); got != `{"ok":true}` {
		t.Errorf("answered %s", got)
	}
}

// A node that takes nothing does not fill the memory of the others: what is beyond
// the bounds waits at its sender, and is told in the end that it was not sent.
func TestMessagesToAFrozenNodeWaitAndAreRefusedInTheEnd(t *testing.T) {
	f := newFixture(t)
	f.Leave = 300 * time.Millisecond
	const patience = 300 * time.Millisecond
	n := f.start(func(c *Config) { c.RollDeadline, c.speechPatience = actorstest.Patience, patience })
	p := f.puppet(false)
	c, silent, near := n.connects("Maths", "1"), n.connects("Maths", "2"), n.connects("Maths", "3")
	for i := range room.MostPassages {
		c.says(fmt.Sprintf(`42["message","Maths",%d]`, i))
	}
	near.hears(fmt.Sprintf("%s,%d]", from(c, "Maths"), room.MostPassages-1))
	began := time.Now()
	if got := c.asks("message", `"Maths"`, `2`); !strings.Contains(got, "Too many messages are on their way") {
		t.Errorf("answered %s", got)
	}
	if waited := time.Since(began); waited < patience {
		t.Errorf("refused after %v", waited)
	}
	silent.says(`42["message","Maths",1]`) // it wants no answer, and is told all the same
	if reason := silent.ends(); reason != session.Overloaded {
		t.Errorf("closed for %q", reason)
	}
	if got := near.got(`42["message"`); len(got) != room.MostPassages {
		t.Errorf("a neighbour got %d messages", len(got))
	}
	actorstest.Eventually(t, "all that was sent", func() bool { return len(p.hearing()) == room.MostPassages })
	asked := 0
	for _, m := range p.hearing() {
		if m.GetConfirm() {
			asked++
		}
	}
	if asked == 0 || asked > 2*room.UnaskedPart {
		t.Errorf("asked to confirm %d", asked)
	}
	actorstest.Must(t, p.Leave(t.Context()))
	actorstest.Eventually(t, "the node to be gone", func() bool { return len(n.View().Members) == 1 })
	if got := c.asks("message", `"Maths"`, `3`); got != `{"ok":true}` {
		t.Errorf("answered %s", got)
	}
	if !n.home.Underway.Take(room.MostUnderway) {
		t.Error("some bytes are under way")
	}
}

// What waited is sent once there is room: nothing of it is lost, and all is in order.
func TestMessagesBeyondTheBoundsAreSentLater(t *testing.T) {
	f := newFixture(t)
	n := f.start()
	p := f.puppet(false)
	c, neighbour := n.connects("Maths", "1"), n.connects("Maths", "2")
	const more = room.MostPassages + 3*room.WindowMessages
	said := make(chan struct{})
	go func() {
		for i := range more {
			c.says(fmt.Sprintf(`42["message","Maths",%d]`, i))
		}
		c.leaves() // it has said it all the same
		close(said)
	}()
	actorstest.Eventually(t, "the bound", func() bool { return len(p.hearing()) == room.MostPassages })
	neighbour.says(`4277["message","Maths","mine"]`)
	p.confirmAll()
	within(t, "all to be said", said)
	actorstest.Eventually(t, "all to be heard", func() bool { return len(p.hearing()) == more+1 })
	if got := neighbour.hears("4377"); got != `4377[{"ok":true}]` {
		t.Errorf("the neighbour is answered %s", got)
	}
	next := 0
	for _, m := range p.hearing() {
		if m.GetIdSocket() == c.id {
			if string(m.GetArgs()[0]) != fmt.Sprint(next) {
				t.Fatalf("message %d is %s", next, m.GetArgs()[0])
			}
			next++
		}
	}
	if next != more {
		t.Errorf("%d of %d came", next, more)
	}
}

// Real nodes, and as many messages in one go as one buffers while it is offline:
// none is lost, nor one of a neighbour.
func TestBurstOfMessagesLosesNothing(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(3)
	const many = 1800
	speakers := []*client{nodes[0].connects("Maths", "1"), nodes[0].connects("Maths", "2"), nodes[1].connects("Maths", "3")}
	listener, far := nodes[0].connects("Maths", "4"), nodes[2].connects("Maths", "5")
	for _, s := range speakers {
		go func() {
			for i := range many {
				s.says(fmt.Sprintf(`42["message","Maths",%d,"some text that one would write"]`, i))
			}
		}()
	}
	for _, l := range []*client{listener, far} {
		for _, s := range speakers {
			l.awaits("all messages", func() bool { return len(l.got(from(s, "Maths"))) == many })
			for i, frame := range l.got(from(s, "Maths")) {
				if !strings.HasPrefix(frame, fmt.Sprintf("%s,%d,", from(s, "Maths"), i)) {
					t.Fatalf("number %d is %s", i, frame)
				}
			}
		}
	}
}

// Whoever speaks while the roster fails is answered, one way or the other, and
// heard again afterwards.
func TestMessagesAreAnsweredThroughAPanic(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	c, far := nodes[0].connects("Maths", "1"), nodes[1].connects("Maths", "2")
	for i := range 200 {
		if i%50 == 25 {
			nodes[0].panics("Maths")
		}
		c.says(fmt.Sprintf(`42%d["message","Maths",%d]`, 1000+i, i))
	}
	actorstest.Eventually(t, "the panics", func() bool { return nodes[0].Panics() == 4 })
	for i := range 200 {
		c.answer(1000 + i)
	}
	soonExactEverywhere(t, nodes, "Maths", c, far)
	if got := c.asks("message", `"Maths"`, `"after"`); got != `{"ok":true}` {
		t.Errorf("answered %s", got)
	}
	far.hears(from(c, "Maths") + `,"after"`)
}
