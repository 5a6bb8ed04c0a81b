//go:build unix

package actors

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos"
)

// startAt has a node use a Redis of its own, and wait until it is heard.
func (f *fixture) startAt(redisURL string, change ...func(*Config)) *testNode {
	f.t.Helper()
	bus, err := identity.NewBus(redisURL, "rollcall-test:relays")
	actorstest.Must(f.t, err)
	f.t.Cleanup(func() { actorstest.Must(f.t, bus.Close()) })      // after the node has halted
	keys, err := clusterkey.New([]string{"a secret of this test"}) // else relays go from node to node
	actorstest.Must(f.t, err)
	actorstest.Must(f.t, bus.Seal(keys))
	n := f.start(append(change, func(c *Config) { c.Bus = bus })...)
	actorstest.Must(f.t, n.Introduce(f.t.Context()))
	actorstest.Eventually(f.t, "Redis is heard", n.subscription.Hears)
	return n
}

// emits has a client tell its rooms the numbers from first to last.
func (c *client) emits(first, last int) {
	for i := first; i <= last; i++ {
		c.says(fmt.Sprintf(`42["identity-change",{"n":%d}]`, i))
	}
}

// wantsEach waits until a client was told each of the numbers, and fails unless that
// was once.
func (c *client) wantsEach(first, last int) {
	c.t.Helper()
	told := func(i int) int {
		count := 0
		for _, frame := range c.got(`42["identity-change"`) {
			if strings.HasSuffix(frame, fmt.Sprintf(`,"n":%d}]`, i)) {
				count++
			}
		}
		return count
	}
	for i := first; i <= last; i++ {
		c.awaits(fmt.Sprint("number ", i), func() bool { return told(i) > 0 })
	}
	for i := first; i <= last; i++ {
		if n := told(i); n != 1 {
			c.t.Errorf("told number %d %d times", i, n)
		}
	}
}

func TestWhatRedisLosesComesAllTheSame(t *testing.T) {
	f := newFixture(t)
	redis := redistest.Start(t)
	proxy := redistest.NewProxy(t, "127.0.0.1:0", redis.Addr())
	nodes := []*testNode{f.startAt(proxy.URL()), f.startAt(proxy.URL()), f.startAt(redis.URL())}
	speaker := nodes[0].connects("Maths", "1")
	others := []*client{nodes[0].connects("Maths", "2"), nodes[1].connects("Maths", "3"), nodes[2].connects("Maths", "4")}
	speaker.emits(1, 5)
	proxy.Deaf.Store(true) // the first two nodes hear nothing by Redis, and do not know
	speaker.emits(6, 20)
	for _, c := range others {
		c.wantsEach(1, 20)
	}
	redis.Stop()
	speaker.emits(21, 30)
	for _, c := range others {
		c.wantsEach(21, 30)
	}
	redis.Start()
	proxy.Deaf.Store(false)
	for i := range 30 { // while some nodes are subscribed again, and others are not
		speaker.emits(31+i, 31+i)
		<-time.After(20 * time.Millisecond)
	}
	for _, c := range others {
		c.wantsEach(31, 60)
	}
	exchange(nodes...)
	speaker.emits(61, 61) // behind all that they may have been told once more
	for _, c := range others {
		c.wantsEach(1, 61)
	}
}

// What is published at a replica of Redis comes to those who are subscribed there, and
// to nobody at the primary.
func TestNodesAtAPrimaryAndItsReplicaHearEachOther(t *testing.T) {
	f := newFixture(t)
	primary := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	host, port, _ := strings.Cut(primary.Addr(), ":")
	replica := redistest.Start(t, "--replicaof", host, port)
	nodes := []*testNode{f.startAt(primary.URL()), f.startAt(replica.URL())}
	deaf, speaker := nodes[0].connects("Maths", "1"), nodes[1].connects("Maths", "2")
	speaker.emits(1, 3) // before anybody can know
	deaf.wantsEach(1, 3)

	actorstest.Eventually(t, "the one to know that the other does not hear it", func() bool {
		return nodes[1].relays.isStray(nodes[0].system.ID)
	})
	if at := nodes[0].metrics.Unheard.Load(); at != 1 {
		t.Errorf("%d nodes are unheard at the primary", at)
	}
	speaker.emits(4, 9)
	deaf.wantsEach(4, 9)
	direct := nodes[0].metrics.Direct.Load()
	user, err := nodes[1].Update(t.Context(), "2", identity.Edit{Name: new("Frances")}, nil)
	actorstest.Must(t, err)
	deaf.hears(fmt.Sprintf(`42["identity-change",{"id_user":"2","version":%d}]`, user.Version))
	if now := nodes[0].metrics.Direct.Load(); now != direct+1 {
		t.Errorf("%d changes came straight", now-direct)
	}
	actorstest.Eventually(t, "the node at the replica to hear everybody", func() bool {
		return !nodes[0].relays.isStray(nodes[1].system.ID) && nodes[1].metrics.Unheard.Load() == 0
	})
	deaf.emits(10, 12)
	speaker.wantsEach(10, 12)
	gone := nodes[0].connects("Maths", "3")
	actorstest.Must(t, nodes[1].Remove(t.Context(), "3", nil))
	if reason := gone.ends(); reason != session.UserRemoved {
		t.Errorf("a user who was removed at the replica ends by %q", reason)
	}
}

// A mark tells of a change that nothing else has brought.
func TestAMarkHasTheLogRead(t *testing.T) {
	f := newFixture(t)
	redis := redistest.Start(t)
	n := f.startAt(redis.URL())
	c := n.connects("Maths", "1")
	c.awaits("the end of the log", func() bool { return n.subscription.State().Placed })
	_, change, err := f.users.Update(t.Context(), "1", identity.Edit{Name: new("Frances")}, nil)
	actorstest.Must(t, err)
	began := time.Now()
	n.system.Root.Send(n.pid, &protos.RelayMark{Incarnation: "another", Change: change.Seq})
	c.hears(`42["identity-change",{"id_user":"1","version":2}]`)
	if took := time.Since(began); took > 5*time.Second { // it is read every 10 s at any rate
		t.Errorf("took %v", took)
	}
}

// ticks lets so many ticks pass for what the node relays, and returns when what it says
// by then has left its actor.
func (n *testNode) ticks(count int) {
	n.t.Helper()
	for range count {
		n.system.Root.Send(n.pid, relayTick{})
	}
	n.reaches(n)
}

// exchange has nodes ask each other for relays, and answer, as long as they would.
func exchange(nodes ...*testNode) {
	for range 5 {
		for _, n := range nodes {
			n.ticks(1)
			for _, to := range nodes {
				n.reaches(to)
			}
		}
	}
}

func TestANodeIsNotToldOfWhatWasBeforeIt(t *testing.T) {
	f := newFixture(t)
	first := f.start()
	actorstest.Must(t, first.Introduce(t.Context()))
	speaker, near := first.connects("Maths", "1"), first.connects("Maths", "2")
	speaker.emits(1, 3)
	near.wantsEach(1, 3)
	second := f.start()
	actorstest.Must(t, second.Introduce(t.Context()))
	late := second.connects("Maths", "3")
	speaker.emits(4, 6)
	late.wantsEach(4, 6)
	exchange(first, second)
	speaker.emits(7, 7) // behind all that it may have been told
	late.wantsEach(7, 7)
	if got := late.got(`42["identity-change"`); len(got) != 4 {
		t.Errorf("told of %q", got)
	}
	late.emits(8, 10)
	near.wantsEach(8, 10)
	speaker.wantsEach(8, 10)
}

// other is a member whose relays a test makes up.
type other struct {
	n           *testNode // the node that is told of them
	pid         *actor.PID
	incarnation string
	asked       chan *protos.AskRelays
	notHeard    chan *protos.NotHeard
}

func (f *fixture) other(n *testNode) *other {
	f.t.Helper()
	member := f.Join(membership.Config{Packages: Packages(), Doors: Doors()})
	o := &other{
		n: n, incarnation: member.System.ID,
		asked: make(chan *protos.AskRelays, 64), notHeard: make(chan *protos.NotHeard, 64),
	}
	pid, err := member.System.Root.SpawnNamed(actor.PropsFromFunc(func(ctx actor.Context) {
		switch msg := ctx.Message().(type) {
		case *protos.AskRelays:
			o.asked <- msg
		case *protos.NotHeard:
			o.notHeard <- msg
		}
	}, actor.WithMailbox(newPatientMailbox)), membership.Door)
	actorstest.Must(f.t, err)
	o.pid = pid
	return o
}

func (o *other) relay(number uint64) *protos.Relay {
	return &protos.Relay{
		IdSocket: "somebody", IdUser: "9", Version: 1, Rooms: []string{"Maths"},
		Payload: room.IdentityPayload("9", 1, fmt.Appendf(nil, `{"n":%d}`, number)), Incarnation: o.incarnation, Number: number,
	}
}

func (o *other) tells(msg any) { o.n.system.Root.Send(o.n.pid, msg) }

// isAsked has ticks pass at the node until it asks, and returns for what.
func (o *other) isAsked(what string) []*protos.Hole {
	o.n.t.Helper()
	actorstest.Eventually(o.n.t, what, func() bool {
		o.n.ticks(1)
		return len(o.asked) > 0
	})
	return (<-o.asked).GetHoles()
}

// askedAfter returns how often the node has asked, also while many ticks passed.
func (o *other) askedAfter(ticks int) (times int) {
	o.n.t.Helper()
	o.n.ticks(ticks)
	o.n.system.Root.Send(o.pid, &protos.NotHeard{}) // goes the same way, behind it
	within(o.n.t, "what the node has said", o.notHeard)
	for times = 0; len(o.asked) > 0; times++ {
		<-o.asked
	}
	return times
}

// Questions and answers get lost with links: a node asks again until it has what it
// lacks, or hears that nobody has it any more.
func TestANodeAsksUntilItHasAll(t *testing.T) {
	f := newFixture(t)
	n := f.start()
	actorstest.Must(t, n.Introduce(t.Context()))
	o := f.other(n)
	c := n.connects("Maths", "1")
	o.tells(&protos.RelayMark{Incarnation: o.incarnation, Last: 4})
	o.isAsked("a question that is lost")
	if got := o.isAsked("another one"); len(got) != 1 || got[0].GetFirst() != 1 || got[0].GetLast() != 4 {
		t.Errorf("asked for %v", got)
	}
	o.tells(o.relay(3)) // comes by another way meanwhile
	o.tells(&protos.Relays{Incarnation: o.incarnation, Oldest: 2, Relays: []*protos.Relay{o.relay(2), o.relay(3)}})
	c.wantsEach(2, 3)
	for {
		got := o.isAsked("a question for the rest")
		if len(got) == 1 && got[0].GetFirst() == 4 && got[0].GetLast() == 4 {
			break
		}
	}
	o.tells(&protos.Relays{Incarnation: o.incarnation, Oldest: 5})
	o.askedAfter(1)
	if o.askedAfter(20) > 0 {
		t.Error("it asks for what nobody has any more")
	}
	o.tells(o.relay(4)) // Redis had it still
	o.tells(o.relay(4))
	c.wantsEach(2, 4)
	if len(o.notHeard) > 0 {
		t.Error("without Redis nobody is to be heard over it")
	}
}

// One rename by a page is a PUT and, when that is answered, an event of its own.
func TestARenameByAPageIsToldOnce(t *testing.T) {
	f := newFixture(t)
	redis := redistest.Start(t)
	patient := func(c *Config) { c.holdBack = actorstest.Patience } // this machine may be slower than a page
	nodes := []*testNode{f.startAt(redis.URL(), patient), f.startAt(redis.URL(), patient)}
	far := nodes[1].connects("Maths", "3")
	page := nodes[0].connects("Maths", "1")
	far.hears(connected(page)) // so it is to hear of that user
	others := []*client{nodes[0].connects("Maths", "1"), nodes[0].connects("Maths", "2"), far}
	payloads := []string{`{"id_user":"1"}`, `{"id_user":"1","colour":"red"}`, `{}`}
	for i, payload := range payloads {
		version := i + 2
		if _, err := nodes[1].Update(t.Context(), "1", identity.Edit{Name: new(fmt.Sprint("John ", i))}, nil); err != nil {
			t.Fatal(err)
		}
		page.says(`42["identity-change",` + payload + `]`)
		for _, c := range append(others, page) {
			c.hears(fmt.Sprintf(`42["identity-change",{"id_user":"1","version":%d`, version))
		}
	}
	exchange(nodes...)
	for _, marks := range []*client{others[1], far} { // behind all that they may have been told once more
		marks.says(`42["identity-change",{}]`)
		for _, c := range append(others, page) {
			if c != marks {
				c.hears(`42["identity-change",{"id_user":"` + marks.user)
			}
		}
	}
	for _, c := range append(others, page) {
		if got := c.got(`42["identity-change",{"id_user":"1"`); len(got) != len(payloads) {
			t.Errorf("user %s was told %q", c.user, got)
		}
	}
	const red = `42["identity-change",{"id_user":"1","version":3,"colour":"red"}]`
	for _, c := range others {
		if got := c.got(red); len(got) != 1 {
			t.Errorf("user %s was told %q", c.user, c.got(`42["identity-change"`))
		}
	}
}

func TestAttachmentsOfAnIdentityChangeAreRelayed(t *testing.T) {
	f := newFixture(t)
	redis := redistest.Start(t)
	for name, nodes := range map[string][]*testNode{"straight": f.nodes(2), "by Redis": {f.startAt(redis.URL()), f.startAt(redis.URL())}} {
		t.Run(name, func(t *testing.T) {
			room := "Maths " + name
			speaker := nodes[0].connects(room, "1")
			near, old := nodes[0].connects(room, "2"), nodes[1].connectsOld(room, "3")
			speaker.says(`452-7["identity-change",{"id_user":"9","face":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":0},"x"]`)
			speaker.line.Receive([]byte("\x00\xff"), true)
			speaker.line.Receive(nil, true)
			if ack := speaker.hears("437"); ack != `437[{"ok":true}]` {
				t.Errorf("acknowledged by %s", ack)
			}
			const want = `452-["identity-change",{"id_user":"1","version":1,"face":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":0},"x"]`
			for c, prefix := range map[*client]string{near: "", old: "\x04"} {
				if got := c.hears(`452-`); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
				c.awaits("the attachments", func() bool {
					frames := c.got("")
					for i, frame := range frames {
						if frame == want {
							return len(frames) > i+2 && frames[i+1] == prefix+"\x00\xff" && frames[i+2] == prefix
						}
					}
					return false
				})
			}
			speaker.says(`451-8["identity-change",{"_placeholder":true,"num":0}]`)
			speaker.line.Receive([]byte("x"), true)
			if ack := speaker.hears("438"); !strings.Contains(ack, "bad_arguments") {
				t.Errorf("an attachment in place of an object is acknowledged by %s", ack)
			}
			speaker.says(`451-9["identity-change",{"a":{"_placeholder":true,"num":0}}]`)
			speaker.line.Receive(make([]byte, 1<<19+1), true)
			if ack := speaker.hears("439"); !strings.Contains(ack, "message_too_long") {
				t.Errorf("one too large is acknowledged by %s", ack)
			}
		})
	}
}
