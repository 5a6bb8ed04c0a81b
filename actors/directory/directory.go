// Package directory lists the actors of one node that others wait for: those whose
// mailboxes tell how it is doing. protoactor knows its actors by their ids only; here
// they are found by what they are and for whom.
package directory

import (
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// Kind is what an actor is. Sockets are not listed: their node knows them.
type Kind string

const (
	NodeKind     Kind = "node"
	IdentityKind Kind = "identity"
	RosterKind   Kind = "roster"
	RoomKind     Kind = "room"
	SocketKind   Kind = "socket"
)

// Kinds returns them all, in the order in which operators are shown them.
func Kinds() []Kind { return []Kind{SocketKind, RosterKind, RoomKind, NodeKind, IdentityKind} }

// Actor is one actor of this node.
type Actor struct {
	Kind    Kind
	Name    string // of a roster and of a room's grain, the room; the node's name otherwise
	PID     *actor.PID
	Started time.Time
	mailbox actor.Mailbox
}

// Waiting returns how many messages wait for the actor, the one that it handles
// not counted.
func (a *Actor) Waiting() int { return a.mailbox.UserMessageCount() }

// Directory is that list. The zero value is empty. Mailboxes count by themselves; it
// is touched only when an actor starts or ends, and when somebody looks.
type Directory struct {
	mu     sync.RWMutex
	actors map[*Actor]struct{}
}

// Enter spawns an actor and lists it until leave is called. spawn is given
// its mailbox, which produce makes.
func (d *Directory) Enter(kind Kind, name string, produce actor.MailboxProducer, spawn func(actor.PropsOption) (*actor.PID, error)) (pid *actor.PID, leave func(), err error) {
	a := &Actor{Kind: kind, Name: name, Started: time.Now(), mailbox: produce()}
	if a.PID, err = spawn(actor.WithMailbox(func() actor.Mailbox { return a.mailbox })); err != nil {
		return nil, nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.actors == nil {
		d.actors = make(map[*Actor]struct{})
	}
	d.actors[a] = struct{}{}
	return a.PID, func() { d.leave(a) }, nil
}

func (d *Directory) leave(a *Actor) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.actors, a)
}

// All returns the actors of the moment, in no order.
func (d *Directory) All() []*Actor {
	d.mu.RLock()
	defer d.mu.RUnlock()
	all := make([]*Actor, 0, len(d.actors))
	for a := range d.actors {
		all = append(all, a)
	}
	return all
}

// Find returns the actor of a kind and name that was started last.
func (d *Directory) Find(kind Kind, name string) (*Actor, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var found *Actor
	for a := range d.actors {
		if a.Kind == kind && a.Name == name && (found == nil || a.Started.After(found.Started)) {
			found = a
		}
	}
	return found, found != nil
}
