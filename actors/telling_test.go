package actors

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// listener is a socket that is an outbox and nothing else: nobody reads it.
type listener struct{ box *outbox.Box }

var _ room.Connection = listener{}

func newListener(t *testing.T) listener {
	leftOut := func(string, int) *outbox.Frame {
		t.Error("a message was left out")
		return new(outbox.Frame)
	}
	return listener{outbox.New(64<<20, outbox.NewMemory(0), leftOut, func() { t.Error("overflowed") })}
}

func (l listener) Push(f *outbox.Frame) { l.box.Push(f) }

func (l listener) PushMessage(room string, frames []*outbox.Frame) bool {
	in, _ := l.box.PushMessage(room, frames...)
	return in
}

// take shows what it has been told since that was last called.
func (l listener) take(show func(frame []byte)) {
	taken, _ := l.box.Take(1<<30, nil)
	for _, f := range taken {
		show(f.Data)
	}
	l.box.Release(taken)
}

func (listener) Tell(any)               {}
func (listener) Charge(quota.Cost, int) {}

// socketID returns the id of a socket that no node has made; they sort as their numbers.
func socketID(n int) string { return fmt.Sprintf("%0*d", socket.IDLength, n) }

// auditorium is a large room at a node, whose sockets are listeners.
type auditorium struct {
	n         *testNode
	seats     []*room.Seat
	listeners []listener
}

// listeners returns so many, who are in no room yet. Their ids are numbers from first on.
func (n *testNode) listeners(first, sockets int) *auditorium {
	n.t.Helper()
	h := &auditorium{n: n}
	for i := range sockets {
		l := newListener(n.t)
		h.listeners = append(h.listeners, l)
		h.seats = append(h.seats, room.NewSeat(room.Entry{Socket: socketID(first + i), User: "1"}, "Maths", l, engineio.V4))
	}
	return h
}

// enter has the sockets join the room, and returns when they are greeted.
func (h *auditorium) enter() {
	h.n.t.Helper()
	var greeted atomic.Int64
	for _, st := range h.seats {
		h.n.system.Root.Send(h.n.pid, &room.Join{Seat: st, Greeting: func(room.Position) *outbox.Frame {
			greeted.Add(1)
			return nil
		}})
	}
	actorstest.Eventually(h.n.t, "all to be greeted", func() bool { return int(greeted.Load()) == len(h.seats) })
}

// holds has the roster wait before it goes on to tell what it was told, so that what it
// is sent meanwhile comes to it at once.
func (h *auditorium) holds() (held <-chan struct{}, release func()) {
	gate, begun := make(chan struct{}), make(chan struct{})
	release = sync.OnceFunc(func() { close(gate) })
	h.n.t.Cleanup(release)
	h.n.system.Root.Send(h.n.pid, &room.Join{Seat: h.seats[0], Greeting: func(room.Position) *outbox.Frame {
		close(begun)
		<-gate
		return nil
	}})
	return begun, release
}

// take shows what the sockets have been told since it was last called.
func (h *auditorium) take(show func(socket int, frame []byte)) {
	for i, l := range h.listeners {
		l.take(func(frame []byte) { show(i, frame) })
	}
}

// asks sends the roster a roll call. What it returns is closed when that is answered.
func (h *auditorium) asks() (answered <-chan struct{}) {
	whole, root := make(chan struct{}), h.n.system.Root
	asker := root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		if reply, ok := ctx.Message().(*protos.RollReply); ok && !reply.GetMore() {
			close(whole)
		}
	}))
	h.n.t.Cleanup(func() { root.Stop(asker) })
	root.RequestWithCustomSender(h.n.pid, &protos.RollCall{Call: 1, Room: "Maths"}, asker)
	return whole
}

// reaches returns when all that was sent to a node before is with its rosters.
func (n *testNode) reaches(to *testNode) {
	n.t.Helper()
	door := to.membership.View().Self.FrontDoor()
	_, err := n.system.Root.RequestFuture(door, &protos.RollCall{Room: "nobody's"}, actorstest.Patience).Result()
	actorstest.Must(n.t, err)
}

// One client says messages of the largest size to a room with listeners at all nodes, as
// fast as it may. A node that has many of them answers roll calls, and tells all of them
// who has come, before it has told one such message to all. Who does not wait for it is
// told its name.
func TestALoudClientDelaysNeitherRollsNorPresence(t *testing.T) {
	f := newFixture(t)
	const many, few = room.Turn + room.Turn/2, 50
	near := f.start(func(c *Config) { c.speechPatience = actorstest.Patience })
	far := f.start()
	hasty := f.start(func(c *Config) { c.RollDeadline = 100 * time.Millisecond })
	nodes := []*testNode{near, far, hasty}
	large, small := far.listeners(0, many), near.listeners(many, few)
	large.enter()
	small.enter()
	hasty.listeners(many+few, few).enter()
	loud := near.connects("Maths", "1")
	held, release := large.holds()
	within(t, "the roster to wait", held)

	message := fmt.Appendf(nil, `42["message","Maths",%q]`, strings.Repeat("x", 512<<10-100))
	silent := make(chan struct{})
	go func() {
		for loud.line.Receive(message, false) {
		}
		close(silent)
	}()
	begins := []byte(from(loud, "Maths"))
	actorstest.Eventually(t, "a message to have gone to all", func() (gone bool) {
		small.take(func(_ int, frame []byte) { gone = gone || bytes.HasPrefix(frame, begins) })
		return gone
	})
	if roll := hasty.call("Maths"); !slices.Contains(roll.Missing(), far.name) {
		t.Errorf("a roll without an answer of %s lacks %v", far.name, roll.Missing())
	}
	late := hasty.listeners(many+2*few, 1)
	late.enter()
	hasty.listeners(many+2*few+1, 1).enter() // the one before has been told to all nodes by then
	for _, n := range nodes {
		n.reaches(far)
	}
	answered := large.asks()
	heldAgain, releaseAgain := large.holds()
	far.reaches(far)
	release()
	within(t, "the roll", answered)
	within(t, "the roster to wait again", heldAgain)
	said, knowing := 0, 0
	came := []byte(`42["socket-connected","` + late.seats[0].Socket)
	count := func(_ int, frame []byte) {
		switch {
		case bytes.HasPrefix(frame, begins):
			said++
		case bytes.HasPrefix(frame, came):
			knowing++
		}
	}
	large.take(count)
	if said > room.Turn || knowing != many {
		t.Errorf("%d were told the message, and %d of %d who came, when the roll was answered", said, knowing, many)
	}
	releaseAgain()
	actorstest.Eventually(t, "all to be told the message", func() bool {
		large.take(count)
		return said >= many
	})

	const all = many + 2*few + 3
	for range 5 {
		for _, n := range nodes {
			roll := n.call("Maths")
			if roll.Complete() && roll.Sockets() != all || !roll.Complete() && n != hasty {
				t.Errorf("%s counts %d of %d, without %v", n.name, roll.Sockets(), all, roll.Missing())
			}
		}
	}
	loud.leaves()
	within(t, "the loud client to end", silent)
}
