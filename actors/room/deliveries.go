package room

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/protos"
)

// delivery is something that a roster tells its greeted sockets, all but one. It may
// take several turns of the roster.
type delivery struct {
	frame   *outbox.Frame // of presence; or
	packet  *packet       // what a client or a backend said,
	instead *outbox.Frame // and what whoever has no room for that is told in its place; may be nil
	sender  string        // of that
	except  string        // id of who is not told
	leaver  string        // id of who leaves, if that is what is told
	ofUser  bool          // packet says that a user has changed: for who may see who is here

	number uint64 // in the order in which they came

	past string // id of the last who was told; "" before the first

	greets   *protos.RosterChange // the join that is told: who joined is greeted then
	to       *Seat                // instead of all, only this one is told,
	greeting Greeting             // so
	at       Position             // where the room's events stood

	emission  *Emission  // of which packet is, whose backend waits; or
	clearance *Clearance // instead of being told anything, they are all sent away
	sockets   int        // how many were handed what a backend orders

	speech *Speech    // whose sender waits until all were told
	taken  any        // says that all were told,
	asker  *actor.PID // to the roster of the sender; nil for nobody
}

// deliveries is what a roster has yet to tell its sockets. Presence goes first, in its
// order, and then what clients say. What one client says stays in its order, and is told
// before its leave, which waits for that alone. It is pure.
type deliveries struct {
	presence []*delivery
	messages []*delivery
	senders  map[string]int // how many of messages they said
	last     uint64         // number of the latest
}

// isFor reports whether a socket is to be told.
func (d *delivery) isFor(st *Seat) bool {
	says := d.packet != nil && !d.ofUser // what everybody here may hear
	return st.greeted && st.Socket != d.except && (says || !st.blind.Load())
}

// said reports whether it keeps its place among what clients say.
func (d *delivery) said() bool { return d.packet != nil || d.clearance != nil }

func (q *deliveries) empty() bool { return len(q.presence) == 0 && len(q.messages) == 0 }

func (q *deliveries) add(d *delivery) {
	q.last++
	d.number = q.last
	if !d.said() {
		q.presence = append(q.presence, d)
		return
	}
	if q.senders == nil {
		q.senders = make(map[string]int)
	}
	q.senders[d.sender]++
	q.messages = append(q.messages, d)
}

// next returns what is to be told now, nil if there is nothing. It may be something
// else next time, though that is not told to everybody yet.
func (q *deliveries) next() *delivery {
	switch {
	case len(q.presence) == 0 && len(q.messages) == 0:
		return nil
	case len(q.presence) == 0:
		return q.messages[0]
	}
	first := q.presence[0]
	if first.leaver == "" || q.senders[first.leaver] == 0 {
		return first
	}
	said := q.messages[slices.IndexFunc(q.messages, func(d *delivery) bool { return d.sender == first.leaver })]
	if said.number > first.number {
		return first // it is back, and has said more
	}
	return said
}

// done takes out what next returned: it was told to everybody.
func (q *deliveries) done(d *delivery) {
	if !d.said() {
		q.presence = without(q.presence, d)
		return
	}
	if q.senders[d.sender]--; q.senders[d.sender] == 0 {
		delete(q.senders, d.sender)
	}
	q.messages = without(q.messages, d)
}

// clear takes out everything, and returns what clients and backends said.
func (q *deliveries) clear() []*delivery {
	messages := q.messages
	*q = deliveries{last: q.last}
	return messages
}

// without returns the queue without d, which is mostly its first.
func without(queue []*delivery, d *delivery) []*delivery {
	i := slices.Index(queue, d)
	if len(queue) == 1 {
		return nil
	}
	if i == 0 {
		queue[0] = nil
		return queue[1:]
	}
	return slices.Delete(queue, i, i+1)
}
