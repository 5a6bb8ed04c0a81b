package history

import "slices"

// told judges what a client was told, one event after the other.
func (c *checker) told(s *stay) {
	last := make(map[uint64]uint64) // number by epoch
	if s.Start.Seq > 0 {
		last[s.Start.Epoch] = s.Start.Seq
	}
	for _, e := range s.Events {
		if e.Room != "" && e.Room != s.Room {
			c.wrong(WrongUser, e.At, "%s in %s was told that %s is %s in %s", s.Socket, s.Room, e.Socket, e.Kind, e.Room)
		}
		if e.Kind == Renamed {
			if made, known := c.made[e.User]; known && e.Version > made {
				c.wrong(Invented, e.At, "%s was told of version %d of user %s, who is at %d", s.Socket, e.Version, e.User, made)
			}
			continue
		}
		if e.Kind == Said || e.Kind == Lost {
			continue // see said
		}
		before, again := s.last[e.Socket]
		s.last[e.Socket] = e
		if e.Seq > 0 {
			switch n := last[e.Epoch]; {
			case e.Seq == n || again && before.Position == e.Position:
				c.wrong(Repeated, e.At, "%s was told number %d once more", s.Socket, e.Seq)
			case e.Seq < n:
				c.wrong(Disordered, e.At, "%s was told number %d after %d", s.Socket, e.Seq, n)
			}
			last[e.Epoch] = e.Seq
		}
		if again && before.Kind == e.Kind && before.Position != e.Position {
			c.wrong(Repeated, e.At, "%s was told twice that %s is %s", s.Socket, e.Socket, e.Kind)
		}
		if about := c.find(e.Socket, s.Room); about != nil && (about.User != e.User || about.Room != s.Room) {
			c.wrong(WrongUser, e.At, "%s was told that %s is user %s", s.Socket, e.Socket, e.User)
		}
	}
}

func (k Kind) String() string {
	return [...]string{Connected: "here", Disconnected: "gone", Renamed: "renamed", Said: "speaking", Lost: "lost"}[k]
}

// knows judges what a client that stays knows in the end, and counts how soon it
// learned it.
func (c *checker) knows(a *stay, room []*stay) {
	first := make(map[string]Moment)
	for _, e := range slices.Backward(a.Events) {
		if e.Kind == Connected {
			first[e.Socket] = e.At
		}
	}
	for _, b := range room {
		if a == b {
			continue
		}
		told, any := a.last[b.Socket]
		mustKnow := b.Tried > a.Joined && b.Joined > c.Begun
		switch {
		case b.here(c.End) && (any && told.Kind == Disconnected || !any && mustKnow):
			c.wrong(Unaware, c.End, "%s (%s) does not know that %s of %s is here; last told: %v", a.Socket, a.Node, b.Socket, b.Node, told)
		case b.leaving != Never && any && told.Kind == Connected,
			b.leaving != Never && !any && b.Joined < a.Joined && b.leaving > a.Joined && !c.troubled(a.Tried, a.Joined):
			c.wrong(Unaware, c.End, "%s (%s) does not know that %s of %s is gone; last told: %v", a.Socket, a.Node, b.Socket, b.Node, told)
		}
		if mustKnow && b.Joined != Never {
			c.Presence.add(since(first, b.Socket, b.Joined))
		}
	}
	c.heard(a, room)
}

// since returns how long after a moment something came; Never if it did not.
func since(first map[string]Moment, socket string, from Moment) Moment {
	at, ok := first[socket]
	if !ok {
		return Never
	}
	return max(at-from, 0)
}

// troubled reports whether anything was broken at some time of that interval, or
// not yet whole again.
func (c *checker) troubled(from, until Moment) bool {
	if c.Broke <= until && (c.Mended == Never || from <= c.Mended+newsLimit) {
		return true
	}
	return slices.ContainsFunc(c.Outages, func(o Outage) bool { return o.From <= until && from <= o.Over })
}

// heard judges what a client knows of the versions of the users who share its room
// and stay. Whoever is told late, or once more, that a socket is here reads its
// user then; that of a newcomer helps nobody. Who joined while the rename was under
// way reads its user after its own handshake, and may see it done.
func (c *checker) heard(a *stay, room []*stay) {
	for _, r := range c.Renames {
		shared := slices.ContainsFunc(room, func(b *stay) bool {
			return b.User == r.User && b.Joined < r.Begun && b.here(c.End)
		})
		if a.Joined >= r.Begun || !shared {
			continue
		}
		took := Never
		for _, e := range a.Events {
			if e.User == r.User && (e.Kind == Renamed && e.Version >= r.Version || e.At > r.At && c.returns(e, a.Room, r.At)) {
				took = max(e.At-r.At, 0)
				break
			}
		}
		c.Names.add(took)
		if took == Never {
			c.wrong(Unheard, c.End, "%s (%s) was not told of version %d of user %s, which was acknowledged at %.3fs",
				a.Socket, a.Node, r.Version, r.User, r.At.Seconds())
		}
	}
}

// returns reports whether an event says that a socket is here which was here before.
func (c *checker) returns(e Event, room string, before Moment) bool {
	about := c.find(e.Socket, room)
	return e.Kind == Connected && about != nil && about.Joined < before
}
