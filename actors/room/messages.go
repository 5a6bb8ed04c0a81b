package room

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/trace"
)

// Messages to a roster, from inside its node. Those of a socket and queries go to the node
// actor, which finds or starts the roster. Those that a roster sends itself are beside
// what it does then, and those that come from other nodes are in protos/rollcall.proto.
type (
	// Join seats a socket; again for the same seat if that is asked for again. Socket → Roster.
	Join struct {
		Seat     *Seat
		Greeting Greeting // nil if the seat carries what is to be said
	}

	// Leave gives a seat up. Socket → Roster.
	Leave struct {
		Seat     *Seat
		Gone     bool          // the client is gone: it is told nothing more
		Farewell *outbox.Frame // for the socket once it has left; nil if nobody waits for one
	}

	// Query asks for a roll. Node → Roster.
	Query struct {
		Room string
		waiter
	}

	// UserChanged says that a user is at a version. Identity → Roster.
	UserChanged struct {
		User    string
		Version int64
	}

	// UsersAnew says that the user store has begun anew: versions of before mean nothing.
	// Identity → Roster.
	UsersAnew struct{}

	// LinkLost says that what was sent to a node may not have arrived. Node → Roster.
	LinkLost struct{ Address string }

	// Register says that the grain may have forgotten this node. Node → Roster.
	Register struct{}

	// MayEnd says that the roster has stayed long enough. Node → Roster.
	MayEnd struct{}
)

// Messages of a roster to others inside its node.
type (
	// Interest tells the identity actor whether the changes of a user concern a roster.
	Interest struct {
		User   string
		Roster *actor.PID
		On     bool
	}

	// Resting tells the node actor that a roster without sockets has nothing to do.
	// Handled is how many joins and queries it has had: if the node has sent it more,
	// it goes on.
	Resting struct {
		Room    string
		Roster  *actor.PID
		Handled uint64
		Stays   bool // for a while: it knows something that makes the next answer cheaper
	}

	// Failed tells the node actor that the roster is no more.
	Failed struct {
		Room   string
		Roster *actor.PID
	}

	// Unseated gives a socket of a failed roster its seat back, and what it was
	// about to be told there. If it is still in the room it joins anew, and so the
	// truth of the room is restored.
	Unseated struct {
		Seat     *Seat
		Greeting Greeting // of a join that came too late; nil for any other
	}

	// Unheard tells a socket that a message of it could not be sent, for which it
	// wanted no answer.
	Unheard struct{}
)

// NewQuery returns a query that arrived then, and where its roll will be. The span, which
// may be nil, lasts until it is answered.
func NewQuery(room string, arrived time.Time, span *trace.Span) (*Query, <-chan *Roll) {
	answer := make(chan *Roll, 1)
	return &Query{Room: room, waiter: waiter{arrived: arrived, answer: answer, span: span}}, answer
}

// Answer answers a socket that left a room whose roster is gone, and its seat with that.
func (m *Leave) Answer() {
	if !m.Gone && m.Farewell != nil {
		m.Seat.socket.Push(m.Farewell)
	}
}
