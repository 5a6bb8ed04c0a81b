package actors

import (
	"net/url"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos/engineio"
)

// Protocol 3: joined unasked, and one id for both (Socket.IO §Difference between v5 and v4).
func TestClientsOfBothProtocolsShareARoom(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	modern := nodes[0].connects("Maths", "1")
	old := nodes[1].dial(engineio.V3, nodes[1].Attend(as("Maths", "2")))
	old.user = "2"
	old.id = sidIn(t, old.hears("0{")[1:])
	old.hears(`42["handshake",{"procid":"node-2",`)
	if got := old.got("40"); len(got) != 1 || got[0] != "40" {
		t.Errorf("connected by %q", got)
	}
	modern.hears(connected(old))
	exactEverywhere(t, nodes, "Maths", modern, old)
	modern.leaves()
	old.hears(disconnected(modern))
}

func TestRefusalsSayWhy(t *testing.T) {
	n := newFixture(t).start()
	tests := []struct {
		name  string
		query url.Values
		says  string
		want  string
	}{
		{"room without a name", as("", "1"), "40", `is missing","data":{"code":"bad_room"}}`},
		{"room too long", as(strings.Repeat("x", 257), "1"), "40", "at most 256 bytes"},
		{"room badly encoded", as("\xff", "1"), "40", "valid UTF-8"},
		{"no user", url.Values{"room": {"Maths"}}, "40", `An id_user is missing, such as id_user=1","data":{"code":"bad_user"}}`},
		{"user too long", as("Maths", strings.Repeat("9", 256)), "40", "at most 255 bytes"},
		{"user badly encoded", as("Maths", "\xff"), "40", "valid UTF-8"},
		{"user with a line break", as("Maths", "1\n"), "40", "control characters"},
		{"1 in other words", as("Maths", "01"), "40", `There is no user \"01\"`},
		{"1 with a sign", as("Maths", "+1"), "40", `There is no user \"+1\"`},
		{"unknown user", as("Maths", "99"), "40", `There is no user \"99\": connect with an id_user that GET /users lists","data":{"code":"unknown_user"}}`},
		{"namespace", as("Maths", "1"), "40/admin,", `"Invalid namespace"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := n.dial(engineio.V4, n.Attend(test.query))
			c.says(test.says)
			frame := c.hears("44")
			if !strings.Contains(frame, test.want) || !strings.Contains(frame, `{"message":"`) {
				t.Errorf("refused by %s", frame)
			}
			c.leaves()
			if test.says != "40" {
				return // protocol 3 joins the main namespace unasked, and would be let in
			}
			old := n.dial(engineio.V3, n.Attend(test.query))
			if frame, want := old.hears("44"), strings.Split(test.want, `","data"`)[0]; !strings.HasPrefix(frame, `44"`) || !strings.Contains(frame, want) {
				t.Errorf("protocol 3 refused by %s", frame)
			}
			old.leaves()
		})
	}
	if roll := n.call("Maths"); roll.Sockets() != 0 {
		t.Errorf("somebody came in: %s", roll.Body)
	}
}

// Whoever left the namespace and comes back over the same connection is somebody
// else: ids are never reused.
func TestReturnOverTheSameConnectionHasANewID(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	witness := nodes[1].connects("Maths", "1")
	c := nodes[0].connects("Maths", "2")
	first := c.id
	witness.hears(connected(c))
	c.says("41")
	witness.hears(disconnected(c))
	exactEverywhere(t, nodes, "Maths", witness)
	c.says("40")
	c.awaits("a second handshake", func() bool { return len(c.got(`42["handshake"`)) == 2 })
	c.id = sidIn(t, c.got(`40{"sid":`)[1][2:])
	if c.id == first {
		t.Error("the id was reused")
	}
	witness.hears(connected(c))
	exactEverywhere(t, nodes, "Maths", witness, c)
	c.leaves()
	witness.hears(disconnected(c))
	exactEverywhere(t, nodes, "Maths", witness)
}

// panicky panics when asked to.
type panicky struct {
	socket.Application
	left chan session.Reason
}

func (p *panicky) Event(s *socket.Socket, e session.Event) {
	if e.Name == "panic" {
		panic("as asked")
	}
	p.Application.Event(s, e)
}

func (p *panicky) Disconnected(s *socket.Socket, namespace string, reason session.Reason) {
	p.Application.Disconnected(s, namespace, reason)
	p.left <- reason
}

func TestPanicClosesOnlyItsSocket(t *testing.T) {
	n := newFixture(t).start()
	bystander := n.connects("Maths", "1")
	left := make(chan session.Reason, 1)
	c := n.dial(engineio.V4, &panicky{Application: n.Attend(as("Physics", "1")), left: left})
	c.says("40", `42["panic"]`, `421["after"]`)
	if reason := c.ends(); reason != session.ServerError {
		t.Errorf("closed for %q", reason)
	}
	if got := within(t, "the application to hear of it", left); got != session.ServerError {
		t.Errorf("left for %q", got)
	}
	actorstest.Eventually(t, "the socket to end", func() bool { return n.Sockets().Count() == 1 })
	if n.Panics() != 1 || len(c.got("43")) != 0 {
		t.Errorf("%d panics; after it %q", n.Panics(), c.got("43"))
	}
	exactEverywhere(t, []*testNode{n}, "Maths", bystander)
}

// A client that does not even take presence loses its connection at its limit; its
// room does not notice.
func TestClientThatTakesNoPresenceIsCutOffAndNobodyElse(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	comes := nodes[0].connects("Physics", "1")
	quick := nodes[1].connects("Maths", "2")
	slow := nodes[1].connects("Maths", "3", func(w *socket.Wire) { w.Outbound = 4096 })
	quick.hears(connected(slow))
	slow.Stick()

	const most = 100
	times := 0
	for ; times < most && len(quick.got(disconnected(slow))) == 0; times++ {
		comes.asks("join", `"Maths"`)
		comes.asks("leave", `"Maths"`)
		quick.awaits("that somebody left", func() bool { return len(quick.got(disconnected(comes))) > times })
	}
	if times == most {
		t.Fatal("the slow client was not cut off")
	}
	if slow.Closed() != session.TransportError {
		t.Errorf("closed for %q", slow.Closed())
	}
	exactEverywhere(t, nodes, "Maths", quick)
	if got := len(quick.got(connected(comes))); got != times {
		t.Errorf("the quick client was told of %d of %d", got, times)
	}
}

func TestOwnIdentityChangeGoesToTheOthersAsItCame(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	speaker := nodes[0].connects("Maths", "1")
	near, far := nodes[0].connects("Maths", "2"), nodes[1].connects("Maths", "1")
	elsewhere := nodes[1].connects("Physics", "1")
	speaker.says(`427["identity-change",{"id_user":"5","version":9,"name":"\ud800<&>","big":12345678901234567890}]`)
	const want = `42["identity-change",{"id_user":"1","version":1,"name":"\ud800<&>","big":12345678901234567890}]`
	for _, c := range []*client{near, far} {
		if got := c.hears(`42["identity-change"`); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if ack := speaker.hears("437"); ack != `437[{"ok":true}]` {
		t.Errorf("acknowledged by %s", ack)
	}
	speaker.says(`428["identity-change","Frank"]`, `42["no-such-event",1]`)
	if ack := speaker.hears("438"); !strings.Contains(ack, `"ok":false`) {
		t.Errorf("nonsense is acknowledged by %s", ack)
	}
	speaker.says(`429["identity-change"]`)
	for _, c := range []*client{near, far} {
		c.hears(`42["identity-change",{"id_user":"1","version":1}]`)
		if got := c.got(`42["identity-change"`); len(got) != 2 {
			t.Errorf("got %q", got)
		}
	}
	for _, c := range []*client{speaker, elsewhere} {
		if got := c.got(`42["identity-change"`); len(got) != 0 {
			t.Errorf("user %s in its own room or another got %q", c.user, got)
		}
	}
}
