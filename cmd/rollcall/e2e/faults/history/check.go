package history

import (
	"cmp"
	"fmt"
	"slices"
)

// Check judges a history.
func Check(h *History) Verdict {
	c := newChecker(h)
	for i := range h.Rolls {
		c.roll(&h.Rolls[i])
	}
	for _, room := range c.rooms {
		for _, s := range room {
			c.stay(s)
			c.told(s)
		}
		for _, s := range room {
			if s.here(h.End) {
				c.knows(s, room)
			}
		}
	}
	c.sayings()
	slices.SortStableFunc(c.Wrong, func(a, b Violation) int { return cmp.Compare(a.At, b.At) })
	return c.Verdict
}

type checker struct {
	*History
	Verdict
	rooms  map[string][]*stay
	byID   map[string][]*stay // one for each room
	unseen []*Stay            // without an id
	made   map[string]int64   // version by user in the end, where that is sure
}

// stay is a stay, and what follows from all others for it.
type stay struct {
	*Stay
	leaving Moment // from then on it may be gone
	gone    Moment // from then on it is
	last    map[string]Event
	dropped int // messages that it was told it did not get
}

// here reports whether the client was in its room, and stays.
func (s *stay) here(end Moment) bool { return s.Joined < end && s.leaving == Never }

func newChecker(h *History) *checker {
	c := &checker{History: h, rooms: make(map[string][]*stay), byID: make(map[string][]*stay), made: h.versions()}
	for _, s := range h.Stays {
		if s.Socket == "" {
			c.unseen = append(c.unseen, s)
			continue
		}
		known := &stay{Stay: s, leaving: s.Leaving, gone: Never, last: make(map[string]Event)}
		c.rooms[s.Room] = append(c.rooms[s.Room], known)
		c.byID[s.Socket] = append(c.byID[s.Socket], known)
		c.die(known)
	}
	for _, s := range h.Stays {
		for _, e := range s.Events {
			// Its own node has numbered the leave. Who announces the dead has no number.
			if about := c.find(e.Socket, s.Room); about != nil && e.Kind == Disconnected && e.Seq > 0 {
				about.gone = min(about.gone, e.At)
			}
		}
	}
	return c
}

// find returns the stay of a socket in a room, or another one of it; nil if there is none.
func (c *checker) find(socket, room string) *stay {
	all := c.byID[socket]
	if len(all) == 0 {
		return nil
	}
	return all[max(0, slices.IndexFunc(all, func(s *stay) bool { return s.Room == room }))]
}

// die takes in what the death of its node means for a socket.
func (c *checker) die(s *stay) {
	for _, o := range c.Outages {
		if !o.Fatal || o.Node != s.Node || o.Full < s.Tried || s.Ended < o.From || s.Joined == Never {
			continue
		}
		if s.Dropped {
			s.leaving = o.From // not before
		}
		s.leaving, s.gone = min(s.leaving, o.From), min(s.gone, o.Full)
		return
	}
}

func (c *checker) wrong(rule Rule, at Moment, format string, a ...any) {
	c.Wrong = append(c.Wrong, Violation{Rule: rule, At: at, What: fmt.Sprintf(format, a...)})
}

// sick reports whether the node was not well at some time of that interval.
func (c *checker) sick(node string, from, until Moment) bool {
	return c.failing(node, from, until, func(o Outage) bool { return !o.Slow })
}

// slow reports whether the node could not be in time at some time of that interval.
func (c *checker) slow(node string, from, until Moment) bool {
	return c.failing(node, from, until, func(Outage) bool { return true })
}

func (c *checker) failing(node string, from, until Moment, so func(Outage) bool) bool {
	return slices.ContainsFunc(c.Outages, func(o Outage) bool {
		return o.Node == node && o.From <= until && from <= o.Over && so(o)
	})
}

// mute reports whether the node could not speak at any time of that interval.
func (c *checker) mute(node string, from, until Moment) bool {
	return slices.ContainsFunc(c.Outages, func(o Outage) bool {
		return o.Node == node && o.Mute && o.Full < from && until < o.Until
	})
}

// stay judges how a connection went.
func (c *checker) stay(s *stay) {
	switch {
	case s.Dropped && s.Joined != Never && !c.sick(s.Node, s.Tried, s.Ended):
		c.wrong(Dropped, s.Ended, "%s was dropped by %s", s.Socket, s.Node)
	case !s.Dropped && s.gone < s.leaving:
		c.wrong(Expelled, s.gone, "%s of %s was announced as gone, and is not", s.Socket, s.Node)
	}
}
