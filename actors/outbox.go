package actors

import "sync"

// Outbox is the outbound queue of one socket, bounded in bytes. Anyone may
// append; the socket's actor takes all there is and writes it at once. The bytes
// in it are the back-pressure: a client that reads too slowly fills it, and loses
// its connection instead of holding up its room.
type Outbox struct {
	limit      int // bytes that may wait
	overflowed func()

	mu     sync.Mutex
	frames []*Frame
	bytes  int  // in frames
	woken  bool // a flush is on its way to the socket's actor
	shut   bool // overflowed or closed: nothing goes in any more
}

// NewOutbox returns an empty outbox for at most limit bytes. Should more be
// appended, it shuts and calls overflowed once, on the goroutine that appends.
func NewOutbox(limit int, overflowed func()) *Outbox {
	return &Outbox{limit: limit, overflowed: overflowed}
}

// append puts frames in, all or none, with nothing between them: the frames of
// one packet. They go nowhere if the outbox is shut. If it reports true, the
// caller sends the socket's actor a flush; otherwise one is on its way.
func (o *Outbox) append(frames ...*Frame) (wake bool) {
	bytes := 0
	for _, f := range frames {
		bytes += len(f.Data)
	}
	o.mu.Lock()
	switch {
	case o.shut:
		o.mu.Unlock()
		return false
	case o.bytes+bytes > o.limit:
		o.shut = true
		o.mu.Unlock()
		o.overflowed()
		return false
	}
	o.frames = append(o.frames, frames...)
	o.bytes += bytes
	wake = !o.woken
	o.woken = true
	o.mu.Unlock()
	return wake
}

// take empties the outbox; spare, emptied by the caller, becomes its next buffer.
func (o *Outbox) take(spare []*Frame) []*Frame {
	o.mu.Lock()
	defer o.mu.Unlock()
	frames := o.frames
	o.frames, o.bytes, o.woken = spare, 0, false
	return frames
}

// takeSome takes frames of at most size bytes together, or one that has more. What
// it leaves is for the next time: no flush is sent for it.
func (o *Outbox) takeSome(size int) []*Frame {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, bytes := 0, 0
	for n < len(o.frames) && (n == 0 || bytes+len(o.frames[n].Data) <= size) {
		bytes += len(o.frames[n].Data)
		n++
	}
	frames := o.frames[:n:n]
	if o.frames, o.bytes = o.frames[n:], o.bytes-bytes; len(o.frames) == 0 {
		o.frames, o.woken = nil, false
	}
	return frames
}

// waiting returns how many bytes wait for the client.
func (o *Outbox) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes
}

// shutDown lets nothing in any more. What waits can still be taken.
func (o *Outbox) shutDown() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.shut = true
}
