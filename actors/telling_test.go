package actors

import (
	"fmt"
	"strings"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// auditorium is the roster of a large room, whose sockets are outboxes that nobody reads.
type auditorium struct {
	*roster
	n     *testNode
	pid   *actor.PID
	first *seat
	boxes []*outbox.Box
	heard []int // by each
}

func (n *testNode) auditorium(sockets int) *auditorium {
	n.t.Helper()
	h := &auditorium{roster: newRoster(n.Node, "Maths"), n: n}
	nobody := n.system.Root.Spawn(actor.PropsFromFunc(func(actor.Context) {}))
	for i := range sockets {
		box := outbox.New(64<<20, outbox.NewMemory(0), droppedEvent, func() { n.t.Error("overflowed") })
		h.boxes = append(h.boxes, box)
		h.seats.join(&seat{Entry: entriesOf(i)[0], room: "Maths", socket: nobody, out: box, wire: engineio.V4, greeted: true})
	}
	h.first, h.heard = h.seats.list[0], make([]int, sockets)
	n.Node.rosters.Add(1) // as the node actor does, since it says when it has ended
	h.pid = n.system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor { return h.roster }))
	n.t.Cleanup(func() {
		actorstest.Must(n.t, n.system.Root.StopFuture(h.pid).Wait())
		n.system.Root.Stop(nobody)
	})
	return h
}

// holds has the roster wait before it goes on to tell what it was told, so that what it
// is sent meanwhile comes to it at once.
func (h *auditorium) holds() (held <-chan struct{}, release func()) {
	gate, begun := make(chan struct{}), make(chan struct{})
	h.n.system.Root.Send(h.pid, &join{room: "Maths", seat: h.first, greeting: func(position) *Frame {
		close(begun)
		<-gate
		return nil
	}})
	return begun, func() { close(gate) }
}

// told adds up what the sockets have been told, and looks whether it is in order.
func (h *auditorium) told() (frames int) {
	h.n.t.Helper()
	for i, box := range h.boxes {
		taken, _ := box.Take(1<<30, nil)
		for _, f := range taken {
			if want := fmt.Sprintf(",%d]", h.heard[i]); !strings.HasSuffix(string(f.Data), want) {
				h.n.t.Fatalf("socket %d was told %s, want %s", i, f.Data, want)
			}
			h.heard[i]++
		}
		frames += len(taken)
		box.Release(taken)
	}
	return frames
}

// A roll call comes behind a hundred messages to a room of thousands. It is answered
// when a turn of them was told, and all are told in the end.
func TestRollCallDoesNotWaitForMessages(t *testing.T) {
	const sockets, messages = 3 * turn, 50
	n := newFixture(t).start()
	h := n.auditorium(sockets)
	held, release := h.holds()
	within(t, "the roster to wait", held)
	for i := range messages {
		n.system.Root.Send(h.pid, &protos.RoomMessage{Room: "Maths", IdSocket: "somebody", IdUser: "1", Args: [][]byte{fmt.Append(nil, i)}})
	}
	answered := make(chan struct{})
	asker := n.system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		if reply, ok := ctx.Message().(*protos.RollReply); ok && !reply.GetMore() {
			close(answered)
		}
	}))
	defer n.system.Root.Stop(asker)
	n.system.Root.RequestWithCustomSender(h.pid, &protos.RollCall{Call: 1, Room: "Maths"}, asker)
	heldAgain, releaseAgain := h.holds()
	release()
	within(t, "the roll", answered)
	within(t, "the roster to wait again", heldAgain)
	total := h.told()
	if total > turn {
		t.Errorf("%d were told before the roll was answered", total)
	}
	releaseAgain()
	actorstest.Eventually(t, "all to be told", func() bool {
		total += h.told()
		return total == sockets*messages
	})
}
