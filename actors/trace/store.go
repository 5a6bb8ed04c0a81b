package trace

import (
	"sync"
	"sync/atomic"

	"github.com/rollcall/rollcall/protos"
)

// store keeps the newest traces of a node: those that went well, and apart from
// them those that did not, so that they are not swept away by the others.
type store struct {
	dropped atomic.Uint64

	mu       sync.Mutex
	records  map[ID]*record
	well     ring[*record]
	ill      ring[*record]
	number   uint64 // of the latest trace that began here
	begun    ring[*protos.Span]
	begunIll ring[*protos.Span]
}

func newStore(keep int) *store {
	return &store{
		records: make(map[ID]*record),
		well:    newRing[*record](keep), ill: newRing[*record](keep),
		begun: newRing[*protos.Span](keep), begunIll: newRing[*protos.Span](keep),
	}
}

// part returns this node's record of a sampled trace: the one that is there, or
// else fresh.
func (s *store) part(fresh *record) *record {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.records[fresh.trace]; r != nil {
		return r
	}
	fresh.kept = true
	s.admit(&s.well, fresh)
	return fresh
}

// keep holds on to a trace that began here and is over, and numbers it.
func (s *store) keep(r *record, root *protos.Span, ill bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	root.Root.Number = s.number
	switch {
	case ill:
		s.begunIll.add(root)
		s.admit(&s.ill, r)
	case s.records[r.trace] == r:
		s.begun.add(root)
	default: // so many others came meanwhile that it was forgotten
		s.begun.add(root)
		s.admit(&s.well, r)
	}
}

// admit puts a record into a ring. The one that has to go there is forgotten,
// unless it is in the other ring, too.
func (s *store) admit(to *ring[*record], r *record) {
	s.records[r.trace] = r
	r.holds++
	gone, full := to.add(r)
	if !full {
		return
	}
	if gone.holds--; gone.holds == 0 && s.records[gone.trace] == gone {
		delete(s.records, gone.trace)
	}
}

func (s *store) find(id ID) *record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records[id]
}

// roots returns the spans that began traces here, newest first.
func (s *store) roots(after uint64, limit int) (roots []*protos.Span, last uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, j := 0, 0
	for len(roots) < limit {
		well, ok := s.begun.newest(i)
		ill, ok2 := s.begunIll.newest(j)
		switch {
		case ok && (!ok2 || numberOfRoot(well) > numberOfRoot(ill)):
			i++
		case ok2:
			well = ill
			j++
		default:
			return roots, s.number
		}
		if numberOfRoot(well) <= after {
			break
		}
		roots = append(roots, well)
	}
	return roots, s.number
}

func numberOfRoot(s *protos.Span) uint64 { return s.GetRoot().GetNumber() }

// ring holds the latest of what was added.
type ring[T any] struct {
	slots []T
	limit int
	next  int // the oldest, once it is full
}

func newRing[T any](limit int) ring[T] { return ring[T]{limit: limit} }

// add returns what had to go, if the ring was full.
func (r *ring[T]) add(v T) (gone T, full bool) {
	if len(r.slots) < r.limit {
		r.slots = append(r.slots, v)
		return gone, false
	}
	gone, r.slots[r.next] = r.slots[r.next], v
	r.next = (r.next + 1) % r.limit
	return gone, true
}

// newest returns the i-th latest, from 0.
func (r *ring[T]) newest(i int) (v T, ok bool) {
	if i >= len(r.slots) {
		return v, false
	}
	return r.slots[(r.next-1-i+2*len(r.slots))%len(r.slots)], true
}
