package socket

import (
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/session"
)

// awaited brings what the application waited for: see Await.
type awaited struct {
	err  error
	done func(error)
}

// Await is for what may take long: the user store, a roll call. It returns at once, has
// ask called on another goroutine, and then done by the socket's actor with what ask
// returned, unless the socket has ended by then. Meanwhile the socket takes in nothing
// more from its client, so that things happen in the order in which the client said them;
// all else goes on. It is for Connect and Event of an [Application], once in each, and for
// done, likewise.
func (s *Socket) Await(ask func() error, done func(error)) {
	over, id := make(chan struct{}), s.id
	s.intake.awaits = over
	go func() {
		defer close(over)
		defer func() {
			if reason := recover(); reason != nil {
				s.sockets.metrics.Failures.Panicked(s.sockets.log, directory.SocketKind, id, reason, "id_socket", id)
				s.Do(func() { s.Close(session.ServerError) })
			}
		}()
		err := ask()
		s.Tell(awaited{err, done})
	}()
}

// awaited goes on with what had to wait.
func (s *Socket) awaited(msg awaited) {
	s.intake.awaits = nil
	if s.reason != "" {
		return
	}
	msg.done(msg.err)
	s.goOn()
	s.arm()
}

// vacate takes the socket out of those that are open, once nothing is awaited any more:
// the node does not shut down before.
func (s *Socket) vacate() {
	over := s.intake.awaits
	if over == nil {
		s.sockets.open.remove(s.line)
		return
	}
	go func() {
		<-over
		s.sockets.open.remove(s.line)
	}()
}
