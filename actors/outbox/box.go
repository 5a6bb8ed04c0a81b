package outbox

import (
	"slices"
	"sync"
	"unsafe"
)

// pageOf is for how many frames a queue has to wait before it counts as memory itself,
// and then for each as many again: an ordinary one never does.
const pageOf = 512

// Box is the outbound queue of one client, bounded in bytes. Anyone may push; the
// client's actor takes what there is and writes it. A client that reads too slowly
// loses messages, and its connection only if it does not take presence either.
type Box struct {
	limit  int // bytes of presence that may wait, and as many again of messages
	memory *Memory
	gap    func(room string, count int) *Frame

	overflowed func()

	mu       sync.Mutex
	frames   []*Frame
	presence int            // bytes of it in frames
	messages int            // likewise, with what tells of gaps
	size     int            // bytes of data in frames
	senders  map[string]int // bytes of messages by sender; nil while nobody can have too many
	left     gaps           // what was left out, and the client was not told
	pages    int            // of the queue that are counted as memory
	woken    bool           // a flush is on its way to the client's actor
	shut     bool           // overflowed or closed: nothing goes in any more
}

// New returns an empty box for at most limit bytes of presence, and as many of
// messages. Should more presence come, it shuts and calls overflowed once, on the
// goroutine that pushes. gap makes what tells a client how many messages of a room
// were left out; the room is "" for those of rooms that are too many to name.
func New(limit int, memory *Memory, gap func(room string, count int) *Frame, overflowed func()) *Box {
	return &Box{limit: limit, memory: memory, gap: gap, overflowed: overflowed}
}

// Push puts the frames of one packet of presence in, all or none, with nothing between
// them. It reports whether they went in, which they do unless the box is shut, or is
// shut by them; and whether the caller is to send the client's actor a flush: otherwise
// one is on its way.
func (b *Box) Push(frames ...*Frame) (in, wake bool) { return b.push(false, frames) }

// PushLast is Push of what is the last: nothing goes in behind it.
func (b *Box) PushLast(frames ...*Frame) (in, wake bool) { return b.push(true, frames) }

func (b *Box) push(last bool, frames []*Frame) (in, wake bool) {
	cost := costOf(frames)
	b.mu.Lock()
	switch {
	case b.shut:
		b.mu.Unlock()
		return false, false
	case b.presence+cost > b.limit:
		b.shut = true
		b.mu.Unlock()
		b.overflowed()
		return false, false
	}
	defer b.mu.Unlock()
	b.memory.keep(frames)
	b.presence += cost
	b.put(frames)
	b.shut = last
	return true, b.wake()
}

// PushMessage is Push for a message to a room, whose frames are of its class. If there
// is no room for it, it is left out and counted.
func (b *Box) PushMessage(room string, frames ...*Frame) (in, wake bool) {
	cost := costOf(frames)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shut {
		return false, false
	}
	if in = b.admit(cost, frames); in {
		b.put(frames)
	} else {
		b.left.add(room)
		b.memory.dropped.Add(1)
	}
	return in, b.wake() // for what was left out, too: it is to be told
}

// wake reports whether a flush is to be sent.
func (b *Box) wake() bool {
	wake := !b.woken
	b.woken = true
	return wake
}

// PushFirst is Push for a packet that need not wait behind messages: a heartbeat.
func (b *Box) PushFirst(f *Frame) (wake bool) {
	b.mu.Lock()
	if b.messages == 0 || b.shut || b.presence+f.cost() > b.limit {
		b.mu.Unlock()
		_, wake = b.Push(f)
		return wake
	}
	defer b.mu.Unlock()
	b.memory.keep([]*Frame{f})
	b.presence += f.cost()
	b.size += len(f.Data)
	first := slices.IndexFunc(b.frames, func(f *Frame) bool { return f.Class != Presence })
	b.frames = slices.Insert(b.frames, first, f)
	return b.wake()
}

// admit makes room for a message, and puts in front of it what was left out before. It
// reports false if there is no room.
func (b *Box) admit(cost int, frames []*Frame) bool {
	sender := frames[0].Sender
	if !b.fits(sender, cost, 0) {
		return false
	}
	told := b.left.frames(b.gap, gapClass)
	gaps := costOf(told)
	if gaps > 0 && !b.fits(sender, cost, gaps) || !b.memory.admit(b.messages, cost+gaps, frames) {
		return false
	}
	if gaps > 0 {
		b.memory.keep(told)
		b.put(told)
		b.left = nil
	}
	b.messages += cost + gaps
	if b.senders != nil {
		b.senders[sender] += cost
	}
	return true
}

// fits reports whether a sender may hold so much more of the messages, and so much be
// told before: what it holds then must not exceed what is free, unless nothing waits.
func (b *Box) fits(sender string, cost, gaps int) bool {
	after := b.messages + cost + gaps
	switch {
	case 2*after <= b.limit:
		return true // nobody can hold more than half
	case after > b.limit:
		return false
	case b.messages == 0:
		return true
	}
	if b.senders == nil {
		b.senders = make(map[string]int)
		for _, f := range b.frames {
			if f.Class != Presence {
				b.senders[f.Sender] += f.cost()
			}
		}
	}
	return b.senders[sender]+cost <= b.limit-after
}

func (b *Box) put(frames []*Frame) {
	b.frames = append(b.frames, frames...)
	for _, f := range frames {
		b.size += len(f.Data)
	}
	if len(b.frames) >= (b.pages+1)*pageOf {
		b.countPages()
	}
}

// countPages has the queue itself counted, if it is long.
func (b *Box) countPages() {
	pages := len(b.frames) / pageOf
	b.memory.used.Add(int64(pages-b.pages) * pageOf * int64(unsafe.Sizeof((*Frame)(nil))))
	b.pages = pages
}

// Take takes frames of at most size bytes of data together, or one that has more;
// spare, emptied by the caller, becomes the box's next buffer, or that of what is
// taken. rest reports whether something is left, for which no flush will be asked.
// The caller gives them back by Release once they were written, or never will be.
func (b *Box) Take(size int, spare []*Frame) (frames []*Frame, rest bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.take(b.orFirst(size), spare)
}

// TakeWithin is Take that takes nothing if the first frame has more than size bytes.
func (b *Box) TakeWithin(size int, spare []*Frame) (frames []*Frame, rest bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.take(size, spare)
}

// Next returns how many bytes of data Take would take.
func (b *Box) Next(size int) (bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.size <= size {
		return b.size
	}
	_, bytes = b.within(b.orFirst(size))
	return bytes
}

// orFirst returns size, or how many bytes the first frame has if that is more.
func (b *Box) orFirst(size int) int {
	if len(b.frames) > 0 {
		size = max(size, len(b.frames[0].Data))
	}
	return size
}

// within returns how many of the first frames have at most size bytes, and how many.
func (b *Box) within(size int) (n, bytes int) {
	for n < len(b.frames) && bytes+len(b.frames[n].Data) <= size {
		bytes += len(b.frames[n].Data)
		n++
	}
	return n, bytes
}

func (b *Box) take(size int, spare []*Frame) (frames []*Frame, rest bool) {
	if b.size <= size {
		frames, b.frames = b.frames, spare
		b.presence, b.messages, b.size, b.senders = 0, 0, 0, nil
	} else {
		frames = b.slice(size, spare)
	}
	if b.pages > 0 {
		b.countPages()
	}
	if len(b.frames) > 0 {
		return frames, true
	}
	b.woken = false
	if told := b.left.frames(b.gap, Presence); len(told) > 0 {
		b.memory.keep(told)
		frames = append(frames, told...)
		b.left = nil
	}
	return frames, false
}

// slice takes the first frames, of at most size bytes.
func (b *Box) slice(size int, taken []*Frame) []*Frame {
	n, bytes := b.within(size)
	for _, f := range b.frames[:n] {
		b.leave(f)
	}
	taken = append(taken, b.frames[:n]...)
	clear(b.frames[:n])
	if b.frames, b.size = b.frames[n:], b.size-bytes; len(b.frames) == 0 {
		b.frames = nil
	}
	if 2*b.messages <= b.limit {
		b.senders = nil
	}
	return taken
}

// leave counts a frame out.
func (b *Box) leave(f *Frame) {
	if f.Class == Presence {
		b.presence -= f.cost()
		return
	}
	b.messages -= f.cost()
	if b.senders != nil {
		b.senders[f.Sender] -= f.cost()
	}
}

// Release gives back frames that were taken.
func (b *Box) Release(frames []*Frame) { b.memory.release(frames) }

// Waiting returns how many bytes of data wait for the client.
func (b *Box) Waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.size
}

// Shut lets nothing in any more. What waits can still be taken.
func (b *Box) Shut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shut = true
}

// IsShut reports whether nothing goes in any more.
func (b *Box) IsShut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.shut
}

// Discard shuts the box, and gives up what waits. It may be called again.
func (b *Box) Discard() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shut = true
	b.memory.release(b.frames)
	b.frames, b.presence, b.messages, b.size, b.senders, b.left = nil, 0, 0, 0, nil, nil
	b.countPages()
}
