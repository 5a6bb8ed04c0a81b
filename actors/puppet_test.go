package actors

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos"
)

// puppet is a member without rooms whose node actor does what a test wants.
type puppet struct {
	*membership.Cluster
	entries []room.Entry // its roster of every room
	version uint64
	silent  bool // answers no roll call by itself

	mu    sync.Mutex
	calls []ask
	heard []*protos.RoomEvents

	messages []*protos.RoomMessage
	confirms bool       // that it took a message
	asking   *actor.PID // whoever wants that confirmed
}

// puppetEntries are sockets with these numbers, each of another user.
func puppetEntries(numbers ...int) []room.Entry {
	entries := make([]room.Entry, len(numbers))
	for i, n := range numbers {
		entries[i] = room.Entry{Socket: socketID(n), User: strconv.Itoa(n), Since: int64(1000 + n)}
	}
	return entries
}

// socketID returns the id of a socket that no node has made; they sort as their numbers.
func socketID(n int) string { return fmt.Sprintf("%0*d", socket.IDLength, n) }

// joining is the change that the join of an entry is.
func joining(e room.Entry, previous, version uint64, first bool) *protos.RosterChange {
	return &protos.RosterChange{
		Kind: protos.RosterChange_CONNECTED, IdSocket: e.Socket, IdUser: e.User, Since: e.Since,
		Previous: previous, Version: version, First: first,
	}
}

// ask is a roll call that a puppet was asked to answer.
type ask struct {
	*protos.RollCall
	sender *actor.PID
}

func (f *fixture) puppet(silent bool, entries ...room.Entry) *puppet {
	f.t.Helper()
	p := &puppet{Cluster: f.join(), silent: silent, entries: entries, version: 1}
	_, err := p.System.Root.SpawnNamed(actor.PropsFromFunc(p.receive), membership.Door)
	actorstest.Must(f.t, err)
	return p
}

func (p *puppet) receive(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case *protos.RollCall:
		p.mu.Lock()
		defer p.mu.Unlock()
		a := ask{msg, ctx.Sender()}
		p.calls = append(p.calls, a)
		if !p.silent {
			p.reply(a)
		}
	case *protos.RoomEvents:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.heard = append(p.heard, msg)
	case *protos.RoomMessage:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.messages = append(p.messages, msg)
		if msg.GetConfirm() {
			p.asking = ctx.Sender()
		}
		if p.confirms {
			ctx.Respond(&protos.MessageTaken{Node: p.name(), Incarnation: p.System.ID, Number: msg.GetNumber()})
		}
	case *protos.WhoHasRoster:
		ctx.Respond(&protos.Registration{Node: p.name(), Incarnation: p.System.ID, HasRoster: true})
	}
}

func (p *puppet) name() string { return p.View().Self.Name }

// confirm makes the puppet say that it takes messages.
func (p *puppet) confirm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.confirms = true
}

// has changes the roster of the puppet without telling anybody.
func (p *puppet) has(version uint64, entries ...room.Entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.version, p.entries = version, entries
}

// answers answers the roll calls from the first to the last of those numbers.
func (p *puppet) answers(first, last int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.calls[first : last+1] {
		p.reply(a)
	}
}

func (p *puppet) reply(a ask) {
	p.sends(a, &protos.RollReply{Version: p.version, Part: room.EncodePart(p.entries)})
}

// sends answers a roll call with what a test has made up, as a reply of the puppet.
func (p *puppet) sends(a ask, reply *protos.RollReply) {
	reply.Call, reply.Node, reply.Incarnation = a.GetCall(), p.name(), p.System.ID
	p.System.Root.Send(a.sender, reply)
}

// awaits waits until so many roll calls have come, and returns the last.
func (p *puppet) awaits(t *testing.T, calls int) ask {
	t.Helper()
	actorstest.Eventually(t, fmt.Sprintf("roll call %d", calls), func() bool { return p.asked() == calls })
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[calls-1]
}

// asked returns how many roll calls have come.
func (p *puppet) asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.calls)
}

// tells sends changes of the puppet's roster to a node, unnumbered.
func (p *puppet) tells(n *testNode, room string, changes ...*protos.RosterChange) {
	self := n.membership.View().Self
	p.System.Root.Send(self.FrontDoor(), &protos.RoomEvents{
		Room: room, Node: p.name(), Incarnation: p.System.ID, Changes: changes,
	})
}
