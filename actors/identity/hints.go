package identity

import "time"

const (
	// hintPace is how often the log is read because of hints, whoever publishes them.
	hintPace = 50 * time.Millisecond

	// mostHints bounds what is remembered of them.
	mostHints = 256

	// hintsBack is how far back in the log a hint may have a subscription begin.
	hintsBack = 100
)

// hints are the changes that were heard of over a bus on which anybody can publish. Each
// is a reason to read the log; of what it says only the trace is taken, if the log bears
// it out. So a message costs one reading at most, and many cost one now and then.
type hints struct {
	heard  map[int64]Change // by number
	wanted bool             // the log is to be read because of them
}

func (h *hints) add(c Change) {
	h.wanted = true
	if c.Seq < 1 || len(h.heard) >= mostHints {
		return
	}
	if h.heard == nil {
		h.heard = make(map[int64]Change)
	}
	h.heard[c.Seq] = c
}

// due reports whether the log is to be read now, the last time being so long ago.
func (h *hints) due(ago time.Duration) bool { return h.wanted && ago >= hintPace }

// timer returns a channel that says when they are due; nil if there are none, or while the
// log is being read or cannot be.
func (h *hints) timer(lastRead time.Time, not bool) <-chan time.Time {
	if !h.wanted || not {
		return nil
	}
	return time.After(time.Until(lastRead.Add(hintPace)))
}

// looked notes that the log is being read now.
func (h *hints) looked() { h.wanted = false }

// first returns the lowest number that was heard of, of those that a subscription which
// begins at the end of the log may look back to; 0 if there is none.
func (h *hints) first(end int64) int64 {
	first := int64(0)
	for seq := range h.heard {
		if seq > end-hintsBack && (first == 0 || seq < first) {
			first = seq
		}
	}
	return first
}

// fill gives the rows of the log the traces of the messages that were right, forgets all,
// and returns how many were.
func (h *hints) fill(rows []Change) (right int) {
	for i, row := range rows {
		c, ok := h.heard[row.Seq]
		if ok && c.User == row.User && c.Version == row.Version && c.Removed == row.Removed && c.Revoked == row.Revoked {
			rows[i].Trace = c.Trace
			right++
		}
	}
	clear(h.heard)
	return right
}
