package history

// notConfirmed is the code of an answer that says that a message may not have come to
// everybody, because a node was late: the message is as good as one without an answer.
const notConfirmed = "not_confirmed"

// message names a message.
type message struct {
	socket string // of its sender
	number int
}

// sayings judges how the messages of clients went.
func (c *checker) sayings() {
	heard := make(map[*stay]map[message]Moment)
	for _, room := range c.rooms {
		for _, s := range room {
			heard[s] = c.said(s)
		}
	}
	for _, m := range c.Sayings {
		c.Said.Sent++
		sender := c.find(m.Socket, m.Room)
		switch {
		case m.Answered == Never && sender != nil && sender.here(c.End) && !c.sick(sender.Node, m.Begun, c.End):
			c.wrong(Ignored, m.Begun, "%s of %s got no answer to message %d", m.Socket, sender.Node, m.Number)
		case m.Answered == Never:
		case m.Refusal == notConfirmed:
			c.Said.Unconfirmed++
		case m.Refusal != "":
			c.Said.refuse(m.Refusal, 1)
		default:
			c.Said.Confirmed++
			for _, s := range c.rooms[m.Room] {
				c.reached(s, m, heard[s])
			}
		}
	}
}

// said judges the order of the messages that a client was told, and returns when each came.
func (c *checker) said(s *stay) map[message]Moment {
	at, last := make(map[message]Moment), make(map[string]int)
	for _, e := range s.Events {
		if e.Kind == Lost {
			c.Said.Dropped += e.Number
			s.dropped += e.Number
		}
		if e.Kind != Said {
			continue
		}
		switch n := last[e.Socket]; {
		case e.Number == n:
			c.wrong(Repeated, e.At, "%s was told message %d of %s once more", s.Socket, e.Number, e.Socket)
		case e.Number < n:
			c.wrong(Disordered, e.At, "%s was told message %d of %s after %d", s.Socket, e.Number, e.Socket, n)
		}
		last[e.Socket] = e.Number
		at[message{e.Socket, e.Number}] = e.At
	}
	return at
}

// reached judges whether a message that was acknowledged came to a client that was there
// before, and stays. One that was told that it lost some may lack as many.
func (c *checker) reached(s *stay, m *Saying, heard map[message]Moment) {
	if s.Socket == m.Socket || s.Joined >= m.Begun || !s.here(c.End) || c.sick(s.Node, m.Begun, m.Answered) {
		return
	}
	took := Never
	if at, ok := heard[message{m.Socket, m.Number}]; ok {
		took = max(at-m.Begun, 0)
	}
	c.Messages.add(took)
	if took != Never {
		return
	}
	if s.dropped > 0 {
		s.dropped--
		return
	}
	c.wrong(Missed, m.Begun, "%s of %s was not told message %d of %s", s.Socket, s.Node, m.Number, m.Socket)
}
