package outbox

import (
	"sync"
	"sync/atomic"
)

// overhead is how many bytes a frame counts besides its data: what is kept about it
// here, and by the transport that writes it. So an empty one is not free.
const overhead = 128

// Class is what a frame is part of.
type Class uint8

const (
	Presence Class = iota
	Message
	gapClass // tells of messages that were left out, and counts as they do
)

// Frame is one Engine.IO packet on its way to a client, or to a thousand: it is
// shared between the outboxes of a room and never changed.
type Frame struct {
	Data   []byte // as it goes into a websocket message
	Binary bool
	Shared bool   // goes to many: worth preparing
	Class  Class  // the same for all frames of a packet
	Sender string // of a message: id_socket

	once     sync.Once
	prepared any
	holders  atomic.Int32 // boxes that it is in, or has been taken from and is being written
}

// Prepared returns what prepare made of the frame when it was first called: a
// transport keeps its own encoding of a shared frame here, and makes it once.
func (f *Frame) Prepared(prepare func(*Frame) any) any {
	f.once.Do(func() { f.prepared = prepare(f) })
	return f.prepared
}

// cost is what the frame counts in one box.
func (f *Frame) cost() int { return len(f.Data) + overhead }

// memory is what it counts in all boxes together: a transport prepares what is shared.
func (f *Frame) memory() int64 {
	if f.Shared {
		return int64(2*len(f.Data) + overhead)
	}
	return int64(len(f.Data) + overhead)
}

func costOf(frames []*Frame) int {
	cost := 0
	for _, f := range frames {
		cost += f.cost()
	}
	return cost
}
