package relay

import (
	"slices"

	"github.com/rollcall/rollcall/protos"
)

// mostHoles bounds what is remembered of one origin. Beyond it the oldest holes are
// forgotten, as if they had been filled.
const mostHoles = 1024

// Seen is which relays of one origin were taken: all up to the highest number heard
// of, but for the holes. The zero value has taken none.
type Seen struct {
	high  uint64 // the highest number that is known to exist
	holes []hole // what was not taken, in order; none overlap
}

// hole is a range of numbers that were not taken.
type hole struct {
	first, last uint64
	lost        bool // the origin has them no more
}

// Take reports whether the relay of that number is news, and notes that it was taken.
func (s *Seen) Take(number uint64) bool {
	s.Told(number)
	i, found := slices.BinarySearchFunc(s.holes, number, func(h hole, number uint64) int {
		switch {
		case h.last < number:
			return -1
		case h.first > number:
			return 1
		}
		return 0
	})
	if !found {
		return false
	}
	h := s.holes[i]
	var rest []hole
	if h.first < number {
		rest = append(rest, hole{h.first, number - 1, h.lost})
	}
	if number < h.last {
		rest = append(rest, hole{number + 1, h.last, h.lost})
	}
	s.holes = slices.Replace(s.holes, i, i+1, rest...)
	s.bound()
	return true
}

// Told notes that there are relays up to that number.
func (s *Seen) Told(last uint64) {
	if last <= s.high {
		return
	}
	if n := len(s.holes); n > 0 && s.holes[n-1].last == s.high && !s.holes[n-1].lost {
		s.holes[n-1].last = last
	} else {
		s.holes = append(s.holes, hole{first: s.high + 1, last: last})
	}
	s.high = last
	s.bound()
}

// GiveUp notes that the origin has none any more from before oldest. They are not
// asked for, but are news still if they come.
func (s *Seen) GiveUp(oldest uint64) {
	for i, h := range s.holes {
		switch {
		case h.first >= oldest:
			return
		case h.last < oldest || h.lost:
			s.holes[i].lost = true
		default:
			s.holes = slices.Replace(s.holes, i, i+1, hole{h.first, oldest - 1, true}, hole{oldest, h.last, false})
			s.bound()
			return
		}
	}
}

// Lacks returns what is to be asked for of the numbers up to last, in order, and at
// most so many holes.
func (s *Seen) Lacks(last uint64, most int) []*protos.Hole {
	var lacks []*protos.Hole
	for _, h := range s.holes {
		if h.first > last || len(lacks) == most {
			break
		}
		if !h.lost {
			lacks = append(lacks, &protos.Hole{First: h.first, Last: min(h.last, last)})
		}
	}
	return lacks
}

func (s *Seen) bound() {
	if n := len(s.holes) - mostHoles; n > 0 {
		s.holes = slices.Delete(s.holes, 0, n)
	}
}
