// Package inflight bounds what a node has sent to another one for clients, and that other
// one has not received: frames of websockets that are elsewhere than their sockets, the
// answers to polls, and what was posted. A roll call goes by the same link, behind it. It
// is pure state: no goroutine, no clock, no network.
//
// What must stay true:
//
//   - Large pieces in flight to one node have at most [Limit] bytes together, unless one
//     alone has more. Who finds no room waits, in order, so that a large one is not passed
//     over for ever. Meanwhile it is the outbox that pushes back, or the client's line.
//   - A connection that has no more than [Free] bytes on their way needs no room: what is
//     said every day costs nothing here, and nobody who says little waits for others.
//   - What is received is in flight no more, though its client reads slowly, or is not
//     heard for a while: those bytes stand before no roll call, and who has them keeps
//     nobody from sending. So room comes back by marks, which a node sends behind what it
//     has sent, and the other one answers: one for many pieces, and none for small ones.
package inflight

import "sync"

const (
	// Limit is how many bytes of large pieces may be in flight to one node: what a link of
	// 100 Mbit/s takes in less than the time that a roll call has.
	Limit = 2 << 20

	// Free is how many bytes one connection may always have on their way.
	Free = 4 << 10

	// markEvery is how many bytes one mark is for, unless somebody waits for room.
	markEvery = Limit / 8
)

// Links are those from one node to every other. They may be used from any goroutine.
type Links struct {
	mark func(address string, number uint64)

	mu   sync.Mutex
	to   map[string]*link // by the address of the node's actors; those that were used
	last uint64           // number of the latest mark, over whichever link
}

// link is the one to a node.
type link struct {
	address string
	used    int       // bytes that have been taken, and are not known to be received
	sent    int       // of these, those that are sent, and that no mark is behind
	marks   []mark    // that were not answered, oldest first
	waiting []*Sender // first come first
}

// mark is what stands before a mark that was sent.
type mark struct {
	number uint64
	bytes  int
}

// New returns links over which nothing is in flight. mark is called, on any goroutine, to
// send a mark with that number behind everything that was sent to a node.
func New(mark func(address string, number uint64)) *Links {
	return &Links{mark: mark, to: make(map[string]*link)}
}

// Passed notes that a node has received the mark with that number, and what was before it.
// That a mark has come to nothing may be said in the same way.
func (l *Links) Passed(address string, number uint64) {
	l.mu.Lock()
	to := l.to[address]
	if to == nil {
		l.mu.Unlock()
		return
	}
	for len(to.marks) > 0 && to.marks[0].number <= number {
		to.used -= to.marks[0].bytes
		to.marks = to.marks[1:]
	}
	l.settle(to)
}

// Lost notes that the link to a node is lost, with all that was in flight. Who waits to
// send over it waits in vain, and is to end its connection.
func (l *Links) Lost(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.to, address)
}

// link returns the one to a node, with mu held.
func (l *Links) link(address string) *link {
	to := l.to[address]
	if to == nil {
		to = &link{address: address}
		l.to[address] = to
	}
	return to
}

// settle gives those who wait what room there is, sends a mark if one is due, and
// releases mu.
func (l *Links) settle(to *link) {
	var ready []func()
	for len(to.waiting) > 0 && to.fits(to.waiting[0].wants) {
		s := to.waiting[0]
		to.waiting = to.waiting[1:]
		s.has, s.wants = s.wants, 0
		to.used += s.has
		ready = append(ready, s.ready)
	}
	number := uint64(0)
	if to.sent >= markEvery || to.sent > 0 && len(to.waiting) > 0 && len(to.marks) == 0 {
		l.last++
		number = l.last
		to.marks = append(to.marks, mark{number, to.sent})
		to.sent = 0
	}
	l.mu.Unlock()
	for _, ready := range ready {
		ready()
	}
	if number > 0 {
		l.mark(to.address, number)
	}
}

// fits reports whether there is room for so much more.
func (l *link) fits(bytes int) bool { return l.used == 0 || l.used+bytes <= Limit }
