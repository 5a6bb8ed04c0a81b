package actors

import "sync"

// Frame is one Engine.IO packet on its way to a client, or to a thousand: it is
// shared between the outboxes of a room and never changed.
type Frame struct {
	Data   []byte // as it goes into a websocket message
	Binary bool
	Shared bool // goes to many: worth preparing

	once     sync.Once
	prepared any
}

// Prepared returns what prepare made of the frame when it was first called: a
// transport keeps its own encoding of a shared frame here, and makes it once.
func (f *Frame) Prepared(prepare func(*Frame) any) any {
	f.once.Do(func() { f.prepared = prepare(f) })
	return f.prepared
}
