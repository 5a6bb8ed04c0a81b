package room

import (
	"slices"
	"sync/atomic"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// Greeting makes what a socket is told once it is in the room, at this place in
// the room's sequence; nil if there is nothing to say.
type Greeting func(Position) *outbox.Frame

// Connection is a socket, as its rooms use it: from any goroutine. A [socket.Socket] is
// one.
type Connection interface {
	// Push puts a frame of presence into its outbox.
	Push(f *outbox.Frame)
	// PushMessage puts the frames of a message to a room there, and reports false if
	// they were left out.
	PushMessage(room string, frames []*outbox.Frame) (in bool)
	// Tell sends its actor a message.
	Tell(msg any)
	// Charge charges its client for what it causes.
	Charge(c quota.Cost, n int)
}

var _ Connection = (*socket.Socket)(nil)

// Seat is one stay of a socket in a room: its entry in the roll, and the way to
// its client. The roster that holds it may change it; it belongs to one at a time.
type Seat struct {
	Entry
	Room   string
	socket Connection
	wire   engineio.Version // that the client speaks

	joined  uint64     // the version that its join gave the roster
	greeted bool       // its join is back, so the events of the room follow
	waiting []Greeting // to be told when it is

	blind atomic.Bool // it may not see who is in the room: see Sees
}

// Sees says whether the socket may see who is in the room: who comes and goes, and whose
// user has changed, also as that user's clients say it. It may unless it is said otherwise;
// messages it hears in any case. It may be called from any goroutine.
func (st *Seat) Sees(may bool) { st.blind.Store(!may) }

// NewSeat returns the seat of a socket that speaks this version, for a [Join].
func NewSeat(e Entry, room string, socket Connection, wire engineio.Version) *Seat {
	return &Seat{Entry: e, Room: room, socket: socket, wire: wire}
}

// seats are the sockets of one room on this node. They are the truth that a
// roll is made of; each change takes a version that no roster of this process
// has had before.
type seats struct {
	list    []*Seat // sorted by id
	version uint64
	draw    func() uint64 // the next version of this process
	encoded *protos.Part  // list as a message; nil after a change
}

func newSeats(draw func() uint64) seats { return seats{version: draw(), draw: draw} }

func (s *seats) find(id string) (int, bool) {
	return slices.BinarySearchFunc(s.list, id, func(a *Seat, id string) int { return a.compare(id) })
}

func (s *seats) get(id string) *Seat {
	if i, ok := s.find(id); ok {
		return s.list[i]
	}
	return nil
}

// join seats a socket and returns the change, or nil if it sits here already.
func (s *seats) join(st *Seat) *protos.RosterChange {
	i, ok := s.find(st.Socket)
	if ok {
		return nil
	}
	first := len(s.list) == 0
	s.list = slices.Insert(s.list, i, st)
	change := s.changed(protos.RosterChange_CONNECTED, st.Entry, first)
	st.joined = change.GetVersion()
	return change
}

// leave takes a socket out and returns the change, or nil if it did not sit here.
func (s *seats) leave(id string) *protos.RosterChange {
	i, ok := s.find(id)
	if !ok {
		return nil
	}
	st := s.list[i]
	s.list = slices.Delete(s.list, i, i+1)
	return s.changed(protos.RosterChange_DISCONNECTED, st.Entry, false)
}

func (s *seats) changed(kind protos.RosterChange_Kind, e Entry, first bool) *protos.RosterChange {
	previous := s.version
	s.version = s.draw()
	s.encoded = nil
	return changeOf(kind, e, previous, s.version, first)
}

// entries returns a copy of the entries, sorted by id.
func (s *seats) entries() []Entry {
	entries := make([]Entry, len(s.list))
	for i, st := range s.list {
		entries[i] = st.Entry
	}
	return entries
}

// part returns the entries as a message, which is kept until the next change.
func (s *seats) part() *protos.Part {
	if s.encoded == nil {
		s.encoded = EncodePart(s.entries())
	}
	return s.encoded
}
