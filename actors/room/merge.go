package room

import (
	"slices"
	"time"

	"github.com/rollcall/rollcall/actors/socket"
)

// assemble makes the roll of the nodes that answered.
func (r *roster) assemble(c *rollCall) *Roll {
	g := &r.gathering
	span := c.span.Child("roster", r.room, "merge")
	defer span.End()
	at := r.numbering.now()
	roll := &Roll{
		Room: r.room, Epoch: at.epoch, Seq: at.seq,
		Lost:  c.lostBy(r.view, time.Now()),
		Nodes: make([]NodeAnswer, len(c.asked)),
	}
	for i, a := range c.asked {
		roll.Nodes[i] = NodeAnswer{Node: a.member.Name, Status: a.status, Latency: a.latency}
	}
	if g.roll != nil && g.kept == g.changes && sameParts(g.roll.Nodes, roll.Nodes) {
		for i := range roll.Nodes {
			roll.Nodes[i].Entries = g.roll.Nodes[i].Entries
		}
		roll.Body = g.roll.Body
	} else {
		for i := range roll.Nodes {
			roll.Nodes[i].Entries = r.entriesOf(&roll.Nodes[i])
		}
		roll.Body = mergeJSON(roll.Nodes)
	}
	g.roll, g.kept = roll, g.changes
	span.Set("sockets", roll.Sockets())
	c.span.Incomplete(roll.Missing())
	return roll
}

// entriesOf returns the entries of a node that answered.
func (r *roster) entriesOf(n *NodeAnswer) []Entry {
	if n.Status == Missing {
		return nil
	}
	if n.Node == r.home.Name {
		return r.seats.entries()
	}
	m := r.mirrors[n.Node]
	if m == nil {
		return nil // evicted after it answered
	}
	entries := make([]Entry, len(m.entries))
	for i, s := range m.entries {
		entries[i] = s.Entry
	}
	return entries
}

// sameParts reports whether the same nodes answered.
func sameParts(a, b []NodeAnswer) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Node != b[i].Node || (a[i].Status == Missing) != (b[i].Status == Missing) {
			return false
		}
	}
	return true
}

// mergeJSON merges the nodes' sorted entries into one sorted JSON array.
func mergeJSON(nodes []NodeAnswer) []byte {
	heads := make([][]Entry, 0, len(nodes))
	size := len("[]")
	for _, n := range nodes {
		if len(n.Entries) > 0 {
			heads = append(heads, n.Entries)
			size += len(n.Entries) * (socket.IDLength + 48)
		}
	}
	body := append(make([]byte, 0, size), '[')
	for len(heads) > 0 {
		least := 0 // few nodes: looking at each head beats a heap
		for i := 1; i < len(heads); i++ {
			if heads[i][0].Socket < heads[least][0].Socket {
				least = i
			}
		}
		if len(body) > 1 {
			body = append(body, ',')
		}
		body = heads[least][0].appendJSON(body)
		if heads[least] = heads[least][1:]; len(heads[least]) == 0 {
			heads = slices.Delete(heads, least, least+1)
		}
	}
	return append(body, ']')
}
