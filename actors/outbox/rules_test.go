package outbox

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// model is a client that reads when it is asked to, and everybody who speaks to it.
type model struct {
	box     *Box
	memory  *Memory
	cut     bool
	next    int            // number of the next packet
	due     []string       // presence that the client must get, in order
	sent    map[string]int // messages by room
	got     map[string]int
	told    map[string]int // as left out
	lastOf  map[string]int // number of the last message of each sender that came
	waiting int            // frames that wait
	unread  []*Frame       // taken, and not written
}

const roomsOfModel, sendersOfModel = 3, 4

func newModel(limit int, memory int64) *model {
	m := &model{
		memory: NewMemory(memory), sent: make(map[string]int), got: make(map[string]int),
		told: make(map[string]int), lastOf: make(map[string]int),
	}
	m.box = New(limit, m.memory, func(room string, count int) *Frame {
		return &Frame{Data: fmt.Appendf(nil, "gap %s %d", room, count)}
	}, func() { m.cut = true })
	return m
}

// TestRulesOfABox holds what package outbox promises: presence comes whole and in
// order; of messages what was sent is what came and what was told as left out; packets
// are whole; a sender's are in order; and everything is bounded.
func TestRulesOfABox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(2*overhead, 4000).Draw(t, "limit")
		m := newModel(limit, int64(rapid.SampledFrom([]int{0, 3000, 300_000}).Draw(t, "memory")))
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				m.presence(t)
			case 1, 2, 3:
				m.message(t)
			case 4:
				m.read(t, rapid.IntRange(1, 2*limit).Draw(t, "bytes"))
			case 5:
				m.heartbeat(t)
			}
			m.bounded(t, limit)
		}
		for i := 0; m.box.Waiting() > 0 || i == 0; i++ {
			m.read(t, limit)
		}
		m.complete(t)
	})
}

func (m *model) presence(t *rapid.T) {
	size := rapid.IntRange(1, 200).Draw(t, "presence")
	text := fmt.Sprintf("presence %d %s", m.next, strings.Repeat("x", size))
	m.next++
	in, _ := m.box.Push(&Frame{Data: []byte(text)})
	if in == m.cut {
		t.Fatalf("went in: %v, cut off: %v", in, m.cut)
	}
	if in {
		m.due = append(m.due, text)
		m.waiting++
	}
}

func (m *model) heartbeat(t *rapid.T) {
	before := m.cut
	m.box.PushFirst(&Frame{Data: []byte("ping")})
	if m.cut == before && !m.cut {
		m.waiting++
	}
}

// message pushes a packet of one to three frames, numbered.
func (m *model) message(t *rapid.T) {
	sender := fmt.Sprint("s", rapid.IntRange(0, sendersOfModel-1).Draw(t, "sender"))
	room := fmt.Sprint("r", rapid.IntRange(0, roomsOfModel-1).Draw(t, "room"))
	parts := rapid.IntRange(1, 3).Draw(t, "parts")
	size := rapid.IntRange(1, 900).Draw(t, "size")
	var frames []*Frame
	for part := range parts {
		frames = append(frames, &Frame{Class: Message, Sender: sender, Data: fmt.Appendf(nil, "message %s %s %d %d/%d %s", sender, room, m.next, part+1, parts, strings.Repeat("x", size))})
	}
	m.next++
	before := m.cut
	in, _ := m.box.PushMessage(room, frames...)
	if m.cut != before {
		t.Fatal("cut off for a message")
	}
	if m.cut {
		return
	}
	m.sent[room]++
	if in {
		m.waiting += parts
	}
}

// read takes frames, and releases those before: they are written.
func (m *model) read(t *rapid.T, size int) {
	m.box.Release(m.unread)
	next := m.box.Next(size)
	take := m.box.Take
	if rapid.Bool().Draw(t, "as said before") {
		size, take = next, m.box.TakeWithin
	}
	frames, rest := take(size, nil)
	m.unread = frames
	if rest != (m.box.Waiting() > 0) {
		t.Fatalf("rest %v with %d bytes waiting", rest, m.box.Waiting())
	}
	bytes := 0
	for i, f := range frames {
		bytes += len(f.Data)
		m.see(t, frames[:i], string(f.Data))
	}
	if bytes < next || rest && bytes > next {
		t.Fatalf("%d bytes were taken, and %d were to be next", bytes, next)
	}
	if !rest {
		m.waiting = 0
		if len(m.box.left) > 0 {
			t.Fatal("all is read, and not all told")
		}
	}
}

func (m *model) see(t *rapid.T, before []*Frame, text string) {
	var room, sender string
	var number, part, parts, count int
	switch {
	case text == "ping":
	case strings.HasPrefix(text, "presence"):
		if len(m.due) == 0 || m.due[0] != text {
			t.Fatalf("got %q, want %q", text, m.due)
		}
		m.due = m.due[1:]
	case strings.HasPrefix(text, "gap"):
		if _, err := fmt.Sscanf(text, "gap %s %d", &room, &count); err != nil || count < 1 {
			t.Fatalf("told %q: %v", text, err)
		}
		m.told[room] += count
	default:
		if _, err := fmt.Sscanf(text, "message %s %s %d %d/%d", &sender, &room, &number, &part, &parts); err != nil {
			t.Fatalf("got %q: %v", text, err)
		}
		if last, came := m.lastOf[sender]; part == 1 && came && number <= last || part > 1 && number != last {
			t.Fatalf("number %d, part %d, of %s after %d", number, part, sender, last)
		}
		m.lastOf[sender] = number
		if part == parts {
			m.got[room]++
		}
	}
}

// bounded looks at what is held.
func (m *model) bounded(t *rapid.T, limit int) {
	b := m.box
	presence, messages, senders := 0, 0, make(map[string]int)
	several := make(map[string]bool) // senders that have several packets waiting
	packet := make(map[string]int)   // of each, the number of one
	held := int64(0)
	for _, f := range b.frames {
		held += f.memory()
		if f.Class == Presence {
			presence += f.cost()
			continue
		}
		messages += f.cost()
		senders[f.Sender] += f.cost()
		var who, room string
		var number int
		if _, err := fmt.Sscanf(string(f.Data), "message %s %s %d", &who, &room, &number); err == nil {
			several[who] = several[who] || packet[who] > 0 && packet[who] != number+1
			packet[who] = number + 1
		}
	}
	for _, f := range m.unread {
		held += f.memory()
	}
	if presence != b.presence || messages != b.messages || presence > limit || messages > limit {
		t.Fatalf("%d bytes of presence, counted %d; %d of messages, counted %d; the limit is %d", presence, b.presence, messages, b.messages, limit)
	}
	if used := m.memory.Used(); used != held {
		t.Fatalf("%d bytes are held, %d counted", held, used)
	}
	for sender, bytes := range senders {
		if sender != "" && 2*bytes > limit && several[sender] {
			t.Fatalf("%s has %d of %d", sender, bytes, limit)
		}
		if counted, ok := b.senders[sender]; ok && sender != "" && counted != bytes {
			t.Fatalf("%s has %d, counted %d", sender, bytes, counted)
		}
	}
}

func (m *model) complete(t *rapid.T) {
	if len(m.due) > 0 {
		t.Fatalf("%q did not come", m.due)
	}
	for room, sent := range m.sent {
		if m.got[room]+m.told[room] != sent {
			t.Fatalf("%s: %d sent, %d came, %d told", room, sent, m.got[room], m.told[room])
		}
	}
	m.box.Release(m.unread)
	m.box.Discard()
	if used := m.memory.Used(); used != 0 {
		t.Fatalf("%d bytes are held by nobody", used)
	}
}

// A client's actor is woken exactly once each time that its box fills.
func TestWakeOncePerFilling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := New(1000*(1+overhead), NewMemory(0), gapFrame, func() { t.Fatal("overflowed") })
		waiting := 0
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "take") == 0 {
				frames, _ := b.Take(all, make([]*Frame, 0, 4))
				if len(frames) != waiting {
					t.Fatalf("took %d frames of %d", len(frames), waiting)
				}
				waiting = 0
				continue
			}
			if _, wake := b.Push(sized(1)); wake != (waiting == 0) {
				t.Fatalf("wake %v with %d frames waiting", wake, waiting)
			}
			waiting++
		}
	})
}
