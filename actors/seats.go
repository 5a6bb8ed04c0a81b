package actors

import (
	"slices"
	"sync"

	"github.com/rollcall/rollcall/actors/room"
)

// seats are those of one socket, one for each room that it is in. Only the socket's actor
// changes them, and reads them as they are; others read the names of the rooms.
type seats struct {
	mu   sync.Mutex // while they change, and while others read
	list []*room.Seat
}

// take adds a seat.
func (s *seats) take(st *room.Seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, st)
}

// drop takes a seat out, if it is among them.
func (s *seats) drop(st *room.Seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = slices.DeleteFunc(s.list, func(other *room.Seat) bool { return other == st })
}

// clear takes all out, and returns them.
func (s *seats) clear() []*room.Seat {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.list
	s.list = nil
	return list
}

// has reports whether a seat is among them.
func (s *seats) has(st *room.Seat) bool { return slices.Contains(s.list, st) }

// rooms returns the names of the rooms, sorted. It may be called from any goroutine.
func (s *seats) rooms() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, len(s.list))
	for i, st := range s.list {
		names[i] = st.Room
	}
	slices.Sort(names)
	return names
}
