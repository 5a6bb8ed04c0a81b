package socket

import (
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/session"
)

const (
	// lineDepth is how many frames of one client may wait for its socket's actor.
	lineDepth = 64

	// lineSize is how many bytes they may have together, unless one alone has more:
	// as they are after they were decompressed.
	lineSize = 64 << 10
)

// Line is the way from a transport's reader to the socket's actor, or to that of
// the carrier which stands for it. It holds the
// reader back when the actor does not keep up, so that a client that floods is
// slowed down by its own connection and fills no mailbox.
type Line struct {
	root   *actor.RootContext
	socket *actor.PID

	mu      sync.Mutex
	waiting int           // frames that the actor has not taken in
	bytes   int           // in them
	room    chan struct{} // not nil while the reader waits; closed when there is room
	down    bool          // the socket has ended
	began   bool          // the frame that Ready was called for had to wait
	waited  bool          // the latest frame had to wait

	shown shown // nothing for a carrier
}

// Receive passes on the contents of one frame, which must not be changed
// afterwards. It waits while too many are under way. It reports false if the
// socket has ended: then there is no use in reading on.
func (l *Line) Receive(data []byte, binary bool) bool {
	l.mu.Lock()
	l.waited = l.wait(len(data)) || l.began
	l.began = false
	if l.down {
		l.mu.Unlock()
		return false
	}
	l.waiting++
	l.bytes += len(data)
	l.mu.Unlock()
	l.root.Send(l.socket, received{line: l, data: data, binary: binary})
	return true
}

// Ready waits until there is room for one more frame of any size. A reader calls it
// when one has begun to come, which may be large: it is not to hold that while it
// waits, and its client pushes on only if there is one.
func (l *Line) Ready() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.began = l.wait(0)
}

// wait waits, with mu held, until there is room for a frame, or the socket has ended. It
// reports whether it had to.
func (l *Line) wait(size int) (waited bool) {
	for !l.down && l.waiting > 0 && (l.waiting >= lineDepth || l.bytes >= lineSize || l.bytes+size > lineSize) {
		if l.room == nil {
			l.room = make(chan struct{})
		}
		room := l.room
		waited = true
		l.mu.Unlock()
		<-room
		l.mu.Lock()
	}
	return waited
}

// Lost says that the transport is gone, and why. The reader calls it last.
func (l *Line) Lost(reason session.Reason) { l.root.Send(l.socket, lost{reason}) }

// pushed reports whether the reader has a frame for which there is no room, or the
// latest that it passed on had to wait for that.
func (l *Line) pushed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waited || l.room != nil
}

// took says that the actor has taken in a frame of that size.
func (l *Line) took(size int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting--
	l.bytes -= size
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
