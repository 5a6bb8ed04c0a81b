package socket

import "github.com/rollcall/rollcall/actors/outbox"

// Push puts a frame of presence into the socket's outbox. It may be called from any
// goroutine, as may PushMessage: what a room tells a thousand sockets goes by these.
func (s *Socket) Push(f *outbox.Frame) {
	if _, wake := s.out.Push(f); wake {
		s.Tell(flush{})
	}
}

// PushMessage puts the frames of a message to a room into the outbox. It reports false
// if there is no room for them: then they are left out, which the client is told.
func (s *Socket) PushMessage(room string, frames []*outbox.Frame) (in bool) {
	in, wake := s.out.PushMessage(room, frames...)
	if wake {
		s.Tell(flush{})
	}
	return in
}
