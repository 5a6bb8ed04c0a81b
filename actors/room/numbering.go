package room

import "slices"

// mostEpochs is of how many epochs a roster remembers where they stand. Several are
// under way only while nodes do not agree on where the room's grain is.
const mostEpochs = 4

// Position is where the events of a room stand: the epoch of the grain that numbers
// them, and the latest number. Epochs have no order.
type Position struct{ epoch, seq uint64 }

// numbering knows the positions that were reached, the latest one last. A node that
// was evicted and is back has a new connection, while what was sent over the former
// one may still be on its way: so events come late.
type numbering []Position

// now returns the latest position; zero before the first.
func (n *numbering) now() Position {
	if len(*n) == 0 {
		return Position{}
	}
	return (*n)[len(*n)-1]
}

// advance takes a number in. It reports whether it is a later one of its epoch than
// any before; if not, nothing changes.
func (n *numbering) advance(p Position) bool {
	i := slices.IndexFunc(*n, func(q Position) bool { return q.epoch == p.epoch })
	switch {
	case i < 0 && len(*n) == mostEpochs:
		i = 0
	case i < 0:
		*n = append(*n, p)
		return true
	case p.seq <= (*n)[i].seq:
		return false
	}
	*n = append(slices.Delete(*n, i, i+1), p)
	return true
}
