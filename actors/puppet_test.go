package actors

import (
	"fmt"
	"sync"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
)

// puppet is a member without rooms whose node actor does what a test wants.
type puppet struct {
	*membership.Cluster
	silent bool // answers no roll call by itself

	mu    sync.Mutex
	calls []ask

	messages []*protos.RoomMessage
	confirms bool       // that it took a message
	asking   *actor.PID // whoever wants that confirmed
}

// ask is a roll call that a puppet was asked to answer.
type ask struct {
	*protos.RollCall
	sender *actor.PID
}

func (f *fixture) puppet(silent bool) *puppet {
	f.t.Helper()
	p := &puppet{Cluster: f.Join(membership.Config{Packages: Packages(), Doors: Doors()}), silent: silent}
	_, err := p.System.Root.SpawnNamed(actor.PropsFromFunc(p.receive, actor.WithMailbox(newPatientMailbox)), membership.Door)
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

// answers answers the roll calls from the first to the last of those numbers.
func (p *puppet) answers(first, last int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.calls[first : last+1] {
		p.reply(a)
	}
}

// reply answers a roll call: nobody is in the room at the puppet's node.
func (p *puppet) reply(a ask) {
	p.System.Root.Send(a.sender, &protos.RollReply{Call: a.GetCall(), Node: p.name(), Incarnation: p.System.ID, Version: 1})
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
