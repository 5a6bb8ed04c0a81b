package history

import "slices"

// roll judges one answer.
func (c *checker) roll(r *Roll) {
	c.Asked++
	sick := c.sick(r.Node, r.Begun, r.Ended)
	switch {
	case r.Failure != "" && sick:
		c.Sick++
	case r.Failure != "":
		c.wrong(Unanswered, r.Begun, "%s, in %v: %s", r.Node, (r.Ended - r.Begun).Round(1e6), r.Failure)
	case r.exact():
		c.Exact++
	default:
		c.Named++
		if r.Complete {
			c.Verdict.Lost++
		}
	}
	c.time(r)
	if r.Failure != "" {
		return
	}
	if r.Complete != (len(r.Missing) == 0) {
		c.wrong(Unsaid, r.Begun, "%s says complete %v with %v missing", r.Node, r.Complete, r.Missing)
	}
	c.unnamed(r)
	for _, id := range r.Twice {
		c.wrong(Twice, r.Begun, "%s lists %s twice", r.Node, id)
	}
	c.absent(r)
	for id, user := range r.Users {
		c.listed(r, id, user)
	}
}

// time counts how long an answer took, and whether the cluster was whole.
func (c *checker) time(r *Roll) {
	slow := c.slow(r.Node, r.Begun, r.Ended)
	if !slow && r.Failure == "" {
		c.Longest = max(c.Longest, r.Ended-r.Begun)
		if r.Ended-r.Begun > c.Deadline+c.Margin {
			c.Late++
		}
	}
	switch {
	case c.Broke == Never || r.Begun < c.Broke:
	case r.Begun < c.Mended && !slow && !r.Complete:
		c.Impaired = max(c.Impaired, r.Begun-c.Broke)
	case r.Begun >= c.Mended && !r.exact():
		c.Whole = max(c.Whole, r.Begun-c.Mended)
	}
}

// unnamed looks for nodes that could not answer, of which the roll says nothing.
func (c *checker) unnamed(r *Roll) {
	for _, o := range c.Outages {
		if o.Node != r.Node && !r.names(o.Node) && c.mute(o.Node, r.Begun, r.Ended) {
			c.wrong(Unnamed, r.Begun, "%s does not name %s, which could not say anything", r.Node, o.Node)
			return
		}
	}
}

// absent looks for sockets that should be in the roll.
func (c *checker) absent(r *Roll) {
	for _, s := range c.rooms[r.Room] {
		if _, in := r.Users[s.Socket]; in || s.Joined >= r.Begun || s.leaving <= r.Ended || r.names(s.Node) {
			continue
		}
		c.wrong(Absent, r.Begun, "%s of %s, which joined at %.3fs, is not in a roll by %s (complete %v, missing %v, lost %v)",
			s.Socket, s.Node, s.Joined.Seconds(), r.Node, r.Complete, r.Missing, r.Lost)
	}
}

// listed judges one entry of a roll.
func (c *checker) listed(r *Roll, id string, user string) {
	s := c.find(id, r.Room)
	switch {
	case s == nil && c.guest(r, user):
	case s == nil || r.Ended < s.Tried:
		c.wrong(Unknown, r.Begun, "%s lists %s, which nobody is", r.Node, id)
	case s.User != user || s.Room != r.Room:
		c.wrong(WrongUser, r.Begun, "%s lists %s as user %s in %s; it is user %s in %s", r.Node, id, user, r.Room, s.User, s.Room)
	case s.gone < r.Begun:
		c.wrong(Gone, r.Begun, "%s lists %s of %s, which was gone at %.3fs", r.Node, id, s.Node, s.gone.Seconds())
	case s.Node != "" && s.Node != r.Node && c.mute(s.Node, r.Begun, r.Ended):
		c.wrong(Stale, r.Begun, "%s lists %s of %s, which could not say anything", r.Node, id, s.Node)
	}
}

// guest reports whether a socket may be that of a client that never learned its id.
func (c *checker) guest(r *Roll, user string) bool {
	return slices.ContainsFunc(c.unseen, func(s *Stay) bool {
		return s.Room == r.Room && s.User == user && s.Tried < r.Ended
	})
}
