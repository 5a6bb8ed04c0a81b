package directory

import (
	"slices"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// Kind is what an actor is. Sockets are not registered: their node knows them.
type Kind string

const (
	NodeKind     Kind = "node"
	IdentityKind Kind = "identity"
	RosterKind   Kind = "roster"
	RoomKind     Kind = "room"
	SocketKind   Kind = "socket"
)

// Actor is one actor of this node.
type Actor struct {
	Kind     Kind
	Identity string // of a roster and of a room's grain, the room; the node's name otherwise
	PID      *actor.PID
	Started  time.Time
	mailbox  actor.Mailbox
}

// Waiting returns how many messages wait for the actor, the one that it handles
// not counted.
func (a *Actor) Waiting() int { return a.mailbox.UserMessageCount() }

// Register lists the actors whose mailboxes tell how a node is doing. The zero
// value is empty. Mailboxes count by themselves; the list is touched only when an
// actor starts or ends, and when somebody looks.
type Register struct {
	mu     sync.RWMutex
	actors map[*Actor]struct{}
}

// Enter spawns an actor and registers it until leave is called. spawn is given
// its mailbox, which produce makes.
func (r *Register) Enter(kind Kind, identity string, produce actor.MailboxProducer, spawn func(actor.PropsOption) (*actor.PID, error)) (pid *actor.PID, leave func(), err error) {
	a := &Actor{Kind: kind, Identity: identity, Started: time.Now(), mailbox: produce()}
	if a.PID, err = spawn(actor.WithMailbox(func() actor.Mailbox { return a.mailbox })); err != nil {
		return nil, nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.actors == nil {
		r.actors = make(map[*Actor]struct{})
	}
	r.actors[a] = struct{}{}
	return a.PID, func() { r.leave(a) }, nil
}

func (r *Register) leave(a *Actor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.actors, a)
}

// All returns the actors of the moment, in no order.
func (r *Register) All() []*Actor {
	r.mu.RLock()
	defer r.mu.RUnlock()
	all := make([]*Actor, 0, len(r.actors))
	for a := range r.actors {
		all = append(all, a)
	}
	return all
}

// Find returns the actor of a kind and identity that was started last.
func (r *Register) Find(kind Kind, identity string) (*Actor, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var found *Actor
	for a := range r.actors {
		if a.Kind == kind && a.Identity == identity && (found == nil || a.Started.After(found.Started)) {
			found = a
		}
	}
	return found, found != nil
}

// Depth is how full the mailboxes of some actors are, in messages.
type Depth struct {
	Actors, Total, P99, Max int
}

// DepthOf sums up the mailboxes of actors.
func DepthOf(actors []*Actor) Depth {
	d, waiting := Depth{Actors: len(actors)}, make([]int, len(actors))
	for i, a := range actors {
		waiting[i] = a.Waiting()
		d.Total += waiting[i]
		d.Max = max(d.Max, waiting[i])
	}
	d.P99 = P99(waiting)
	return d
}

// P99 returns the least number that 99 of 100 do not exceed, 0 for none. It sorts them.
func P99(numbers []int) int {
	if len(numbers) == 0 {
		return 0
	}
	slices.Sort(numbers)
	return numbers[(len(numbers)*99+99)/100-1]
}
