package inflight

import "slices"

// Sender is one connection that sends over a link, a piece after the other. It is used by
// one goroutine at a time. The zero value is within a node, where there is room for all.
type Sender struct {
	links    *Links // nil within a node
	address  string
	ready    func()
	underway int   // bytes that were sent, and have not got to where they go
	link     *link // that it has room on, or waits for; nil if neither

	// With the mutex of links:
	has   int // bytes that it may send
	wants int // bytes that it waits for
}

// Sender returns one to the node at address. ready is called, on any goroutine, when there
// is room for a piece that was refused.
func (l *Links) Sender(address string, ready func()) *Sender {
	return &Sender{links: l, address: address, ready: ready}
}

// Take reports whether the next piece, which has so many bytes, may be sent now, and how
// many it may have at most if it has changed meanwhile. If it may not, ready will be
// called. After a piece was sent Sent must be called.
func (s *Sender) Take(bytes int) (most int, ok bool) {
	if s.links == nil {
		return bytes, true
	}
	if free := max(Free-s.underway, 0); bytes <= free {
		s.withdraw() // what it had asked for was for another piece
		return free, true
	}
	s.links.mu.Lock()
	if s.link == nil {
		s.link = s.links.link(s.address)
		s.ask(bytes)
	}
	most = s.has
	s.links.settle(s.link)
	return most, most > 0
}

// ask takes room for so many bytes, or has it wait for that, with the mutex held.
func (s *Sender) ask(bytes int) {
	if len(s.link.waiting) == 0 && s.link.fits(bytes) {
		s.link.used += bytes
		s.has = bytes
		return
	}
	s.link.waiting = append(s.link.waiting, s)
	s.wants = bytes
}

// Sent notes that a piece was sent, of so many bytes: the one that there was room for, or
// another one in its place.
func (s *Sender) Sent(bytes int) {
	s.underway += bytes
	if s.link == nil {
		return
	}
	s.links.mu.Lock()
	to := s.leave()
	to.used += bytes
	to.sent += bytes
	s.links.settle(to)
}

// Arrived notes that so many bytes have got to where they go.
func (s *Sender) Arrived(bytes int) { s.underway -= bytes }

// Underway returns how many bytes were sent and have not got to where they go.
func (s *Sender) Underway() int { return s.underway }

// End gives back what the connection has not used: it sends nothing more. It may be called
// again.
func (s *Sender) End() { s.withdraw() }

func (s *Sender) withdraw() {
	if s.link != nil {
		s.links.mu.Lock()
		s.links.settle(s.leave())
	}
}

// leave gives back what the connection has or waits for, with the mutex held.
func (s *Sender) leave() (from *link) {
	from = s.link
	if s.wants > 0 {
		from.waiting = slices.DeleteFunc(from.waiting, func(w *Sender) bool { return w == s })
	}
	from.used -= s.has
	s.has, s.wants, s.link = 0, 0, nil
	return from
}
