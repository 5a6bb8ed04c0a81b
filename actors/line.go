package actors

import (
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/session"
)

// lineDepth is how many frames of one client may wait for its socket's actor.
const lineDepth = 64

// Line is the way from a transport's reader to the socket's actor, or to that of
// the carrier which stands for it. It holds the
// reader back when the actor does not keep up, so that a client that floods is
// slowed down by its own connection and fills no mailbox.
type Line struct {
	root   *actor.RootContext
	socket *actor.PID

	mu      sync.Mutex
	waiting int
	room    chan struct{} // not nil while the reader waits; closed when there is room
	down    bool          // the socket has ended

	shown shown // nothing for a carrier
}

// Receive passes on the contents of one frame, which must not be changed
// afterwards. It waits while too many are under way. It reports false if the
// socket has ended: then there is no use in reading on.
func (l *Line) Receive(data []byte, binary bool) bool {
	l.mu.Lock()
	for l.waiting >= lineDepth && !l.down {
		if l.room == nil {
			l.room = make(chan struct{})
		}
		room := l.room
		l.mu.Unlock()
		<-room
		l.mu.Lock()
	}
	if l.down {
		l.mu.Unlock()
		return false
	}
	l.waiting++
	l.mu.Unlock()
	l.root.Send(l.socket, received{line: l, data: data, binary: binary})
	return true
}

// Lost says that the transport is gone, and why. The reader calls it last.
func (l *Line) Lost(reason session.Reason) { l.root.Send(l.socket, lost{reason}) }

// took says that the actor has taken a frame.
func (l *Line) took() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting--
	l.wakeReader()
}

// hangUp says that the actor takes no more.
func (l *Line) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = true
	l.wakeReader()
}

// ended reports whether the socket has ended, which is so before its line is
// removed from the switchboard.
func (l *Line) ended() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.down
}

func (l *Line) wakeReader() {
	if l.room != nil {
		close(l.room)
		l.room = nil
	}
}
