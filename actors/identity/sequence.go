package identity

// sequence decides which changes are delivered, from what was heard on the bus
// and what was read from the log: every change once, in growing order of their
// numbers, none left out. It is a pure state machine, driven by [Subscription].
type sequence struct {
	placed bool  // the position is known
	last   int64 // position: all changes up to this number are delivered or before our time
	early  int64 // the lowest number heard before the position was known, 0 if none
}

// hear reports whether a change that was heard is the next one: then it must be
// delivered now. If missing, changes before it were not heard, and the log must
// be read; the change itself will be found there.
func (s *sequence) hear(c Change) (next, missing bool) {
	switch {
	case !s.placed:
		if s.early == 0 || c.Seq < s.early {
			s.early = c.Seq
		}
		return false, false
	case c.Seq <= s.last:
		return false, false
	case c.Seq == s.last+1:
		s.last = c.Seq
		return true, false
	}
	return false, true
}

// lacks reports whether the log must be read to come to a change with that number.
func (s *sequence) lacks(seq int64) bool { return s.placed && seq > s.last }

// place sets the position to the log's end, or to just before the first change
// that was heard meanwhile. It reports whether there is something to read.
func (s *sequence) place(end int64) (missing bool) {
	s.placed, s.last = true, end
	if s.early > 0 && s.early <= end {
		s.last = s.early - 1
	}
	return s.early > 0
}

// read returns those of the rows, read from the log in order, that must be
// delivered: not those which came over the bus while they were being read.
func (s *sequence) read(rows []Change) []Change {
	for i, c := range rows {
		if c.Seq > s.last {
			rows = rows[i:]
			s.last = rows[len(rows)-1].Seq
			return rows
		}
	}
	return nil
}

// rewind starts over at the beginning of a log that was emptied (`rollcall db
// reset`), whose numbers began again.
func (s *sequence) rewind() { s.last = 0 }

// skip goes on behind a number: the changes up to it can be had no more.
func (s *sequence) skip(seq int64) { s.last = max(s.last, seq) }
