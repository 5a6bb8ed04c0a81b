package actors

import (
	"context"
	"sync"

	"github.com/rollcall/rollcall/actors/relay"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/pubsub"
)

// relays is what this node relays for its clients: their own identity-change events,
// numbered and kept for a while; and who does not hear it over Redis. Its methods may
// be called from any goroutine.
type relays struct {
	mu     sync.Mutex
	log    relay.Log
	pace   relay.Pace
	strays relay.Strays
}

// add numbers and keeps a relay, and returns its number.
func (r *relays) add(msg *protos.Relay) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.Add(msg)
	r.pace.News()
	return msg.GetNumber()
}

// news notes that the others are to be told of something soon.
func (r *relays) news() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pace.News()
}

// last returns the number of the latest relay.
func (r *relays) last() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Last()
}

// answer returns what is kept of what was asked for.
func (r *relays) answer(msg *protos.AskRelays) *protos.Relays {
	r.mu.Lock()
	defer r.mu.Unlock()
	answer := &protos.Relays{Incarnation: msg.GetIncarnation()}
	answer.Oldest, answer.Relays = r.log.Answer(msg.GetHoles(), relayPage)
	return answer
}

// stray notes that a node does not hear this one over Redis.
func (r *relays) stray(incarnation string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.strays.Add(incarnation)
}

func (r *relays) isStray(incarnation string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.strays.Has(incarnation)
}

// tick lets one tick pass, and reports whether to tell the others how far relays go.
func (r *relays) tick() (tell bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.Tick()
	r.strays.Tick()
	return r.pace.Tick()
}

// relayPage is how many bytes of relays go into one message.
const relayPage = 256 << 10

// relay passes a client's identity-change event on to the other sockets of its rooms:
// here at once; to the other nodes through Redis, or straight if Redis is in doubt, does
// not take it, or takes it from anybody, and straight to those whom Redis does not bring it. What is lost
// all the same they ask for: see package relay.
func (n *Node) relay(ctx context.Context, r pubsub.Relay) {
	span := trace.From(ctx).Child("redis", "", "publish")
	defer span.End()
	r.Node, r.Incarnation = n.name, n.system.ID
	msg := relayMessage(r)
	r.Number = n.relays.add(msg)
	n.system.Root.Send(n.pid, span.Carry(msg, nil))
	r.Trace = span.Passport()
	if !n.config.Bus.Sealed() || !n.subscription.Hears() || !n.taken(ctx, r, r.User, span) {
		n.toOthers(msg, span)
		return
	}
	n.toStrays(msg, span)
}

func relayMessage(r pubsub.Relay) *protos.Relay {
	return &protos.Relay{
		IdSocket: r.Socket, IdUser: r.User, Version: r.Version, Rooms: r.Rooms,
		Payload: r.Payload, Args: room.RawOf(r.Args), Attachments: r.Attachments,
		Node: r.Node, Incarnation: r.Incarnation, Number: r.Number,
	}
}
