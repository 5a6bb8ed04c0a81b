package inflight

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

const (
	there = "address of node-2"
	slice = 64 << 10
)

// node notes the marks that it is to send.
type node struct {
	*Links
	marks []uint64
}

func newNode() *node {
	n := &node{}
	n.Links = New(func(_ string, number uint64) { n.marks = append(n.marks, number) })
	return n
}

// connection is one that counts how often it was told of room.
type connection struct {
	*Sender
	told int
}

func (n *node) connection() *connection {
	c := &connection{}
	c.Sender = n.Sender(there, func() { c.told++ })
	return c
}

// sends sends a piece, if there is room for it.
func (c *connection) sends(bytes int) bool {
	most, ok := c.Take(bytes)
	if ok && most >= bytes {
		c.Sent(bytes)
	}
	return ok
}

// fill sends slices, one for each of new connections, until one has to wait.
func (n *node) fill() (sent int, waits *connection) {
	for waits = n.connection(); sent <= Limit && waits.sends(slice); waits = n.connection() {
		sent += slice
	}
	return sent, waits
}

// answered has all marks come back that were sent.
func (n *node) answered() {
	marks := n.marks
	n.marks = nil
	for _, number := range marks {
		n.Passed(there, number)
	}
}

func TestLargePiecesAreBounded(t *testing.T) {
	n := newNode()
	sent, waits := n.fill()
	if sent != Limit || waits.told != 0 {
		t.Errorf("%d bytes are in flight", sent)
	}
	if len(n.marks) > Limit/markEvery+1 {
		t.Errorf("%d marks for %d pieces", len(n.marks), sent/slice)
	}
	if c := (&connection{Sender: n.Sender("another node", nil)}); !c.sends(Limit) {
		t.Error("the link to another node is full")
	}
	n.Passed(there, n.marks[0])
	if waits.told != 1 || !waits.sends(slice) {
		t.Errorf("told %d times of room", waits.told)
	}
}

func TestWhoSaysLittleNeverWaits(t *testing.T) {
	n := newNode()
	n.fill()
	marks := len(n.marks)
	c := n.connection()
	for range Free / 1024 {
		if !c.sends(1024) {
			t.Fatal("waits")
		}
	}
	if c.sends(1) || len(n.marks) != marks {
		t.Errorf("%d bytes are under way, and %d marks more", c.Underway(), len(n.marks)-marks)
	}
	c.Arrived(1024)
	if !c.sends(1000) || !c.sends(24) {
		t.Error("waits though there is little under way")
	}
	if n.answered(); c.told != 0 {
		t.Error("told of room that it has no need of any more")
	}
}

// One that is larger than all that may be in flight goes alone, and is not passed over.
func TestTheLargestGoAlone(t *testing.T) {
	n := newNode()
	small, large, next := n.connection(), n.connection(), n.connection()
	if !small.sends(slice) || large.sends(2*Limit) || next.sends(slice) {
		t.Fatal("not in order")
	}
	if n.answered(); large.told != 1 || next.told != 0 || !large.sends(2*Limit) {
		t.Fatalf("told %d, %d times", large.told, next.told)
	}
	if small.Arrived(slice); small.sends(slice) {
		t.Error("another one beside it")
	}
	if n.answered(); next.told != 1 || small.told != 1 {
		t.Errorf("told %d, %d times", next.told, small.told)
	}
}

// What was sent counts as received, though nobody knows where its client is with it.
func TestSlowReadersKeepNobodyFromSending(t *testing.T) {
	n := newNode()
	for range 10 {
		_, waits := n.fill()
		n.answered()
		if waits.told != 1 {
			t.Fatal("what was received is still in flight")
		}
		waits.End()
	}
}

func TestWhatIsNotUsedIsGivenBack(t *testing.T) {
	n := newNode()
	has, waits := n.connection(), n.connection()
	if _, ok := has.Take(Limit); !ok {
		t.Fatal("no room")
	}
	gives, last := n.connection(), n.connection()
	if waits.sends(slice) || gives.sends(slice) || last.sends(Limit) {
		t.Fatal("there is room")
	}
	gives.End()
	has.End()
	has.End()
	if waits.told != 1 || gives.told != 0 || last.told != 0 {
		t.Fatalf("told %d, %d, %d times", waits.told, gives.told, last.told)
	}
	waits.Sent(1) // another piece in its place
	if n.answered(); last.told != 1 || n.to[there].used != Limit {
		t.Errorf("told %d times, %d bytes in flight", last.told, n.to[there].used)
	}
}

// A link begins anew when it is lost. An answer that comes late says nothing of it.
func TestLostLinksBeginAnew(t *testing.T) {
	n := newNode()
	_, waits := n.fill()
	late := slices.Clone(n.marks)
	n.Lost(there)
	sent, _ := n.fill()
	for _, number := range late {
		n.Passed(there, number)
	}
	if used := n.to[there].used; sent != Limit || used != Limit {
		t.Errorf("%d bytes are in flight, and %d are counted", sent, used)
	}
	waits.End()
	n.Lost("nobody")
	n.Passed("nobody", 1)
}

func TestThereIsRoomForAllWithinANode(t *testing.T) {
	var s Sender
	for range 100 {
		if most, ok := s.Take(Limit); !ok || most != Limit {
			t.Fatal("has to wait")
		}
		s.Sent(Limit)
	}
	s.Arrived(1)
	if s.End(); s.Underway() != 100*Limit-1 {
		t.Errorf("%d bytes are under way", s.Underway())
	}
}

// traffic is a model of a link with connections.
type traffic struct {
	*Links
	wire        []any // what is on the link, in order: large pieces by their bytes, and marks
	connections []*traveller
	queue       []*traveller // who waits, in order
}

// traveller is a connection that has a piece to send, or none.
type traveller struct {
	*Sender
	piece int
	ready bool
}

func newTraffic(t *rapid.T, connections int) *traffic {
	m := &traffic{}
	m.Links = New(func(_ string, number uint64) { m.wire = append(m.wire, number) })
	for range connections {
		c := &traveller{}
		c.Sender = m.Sender(there, func() {
			if len(m.queue) == 0 || m.queue[0] != c {
				t.Fatal("not in order")
			}
			m.queue = m.queue[1:]
			c.ready = true
		})
		m.connections = append(m.connections, c)
	}
	return m
}

// try sends the piece that a connection has, if there is room.
func (m *traffic) try(t *rapid.T, c *traveller) {
	if c.piece == 0 {
		return
	}
	little := c.Underway()+c.piece <= Free
	if little {
		m.leave(c)
	}
	_, ok := c.Take(c.piece)
	waits := slices.Contains(m.queue, c)
	switch {
	case !ok && (little || c.ready):
		t.Fatal("waits for nothing")
	case !ok && !waits:
		m.queue = append(m.queue, c)
	case ok:
		if waits {
			t.Fatal("out of turn")
		}
		if !little {
			m.wire = append(m.wire, c.piece)
		}
		c.Sent(c.piece)
		c.piece, c.ready = 0, false
	}
}

// leave takes a connection out of those that wait.
func (m *traffic) leave(c *traveller) {
	m.queue = slices.DeleteFunc(m.queue, func(w *traveller) bool { return w == c })
}

// receive has the next of the wire arrive.
func (m *traffic) receive() {
	if len(m.wire) == 0 {
		return
	}
	next := m.wire[0]
	m.wire = m.wire[1:]
	if number, ok := next.(uint64); ok {
		m.Passed(there, number)
	}
}

// pieces returns the large ones on the wire.
func (m *traffic) pieces() (count, bytes int) {
	for _, p := range m.wire {
		if size, ok := p.(int); ok {
			count++
			bytes += size
		}
	}
	return count, bytes
}

// Whoever sends what, and whenever it arrives: the bound holds, who waits is served in
// order, and nobody waits for ever.
func TestLinksAreNeverFull(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newTraffic(t, rapid.IntRange(1, 40).Draw(t, "connections"))
		size := rapid.OneOf(rapid.IntRange(1, Free), rapid.IntRange(1, slice), rapid.IntRange(1, 2*Limit))
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			c := rapid.SampledFrom(m.connections).Draw(t, "connection")
			switch rapid.SampledFrom([]string{"send", "send", "send", "receive", "receive", "arrive", "end"}).Draw(t, "step") {
			case "send":
				if c.piece == 0 {
					c.piece = size.Draw(t, "bytes")
				}
				m.try(t, c)
			case "receive":
				m.receive()
			case "arrive":
				c.Arrived(c.Underway())
			case "end":
				m.leave(c)
				c.End()
				c.piece, c.ready = 0, false
			}
			if count, bytes := m.pieces(); bytes > Limit && count > 1 {
				t.Fatalf("%d pieces with %d bytes are in flight", count, bytes)
			}
		}
		for len(m.wire) > 0 || slices.ContainsFunc(m.connections, func(c *traveller) bool { return c.ready }) {
			m.receive()
			for _, c := range m.connections {
				if c.ready {
					m.try(t, c)
				}
			}
		}
		if len(m.queue) > 0 {
			t.Fatalf("%d wait for ever", len(m.queue))
		}
	})
}
