package outbox

import "sync/atomic"

// share is which part of the memory that is free the messages for one client may
// take. With much free that is more than a box may hold anyway.
const share = 64

// Memory is what the boxes of a node hold together, each frame once, however many
// it is in. It may be used from any goroutine.
type Memory struct {
	limit   int64
	used    atomic.Int64
	dropped atomic.Uint64
}

// NewMemory returns memory for limit bytes; 0 for any number.
func NewMemory(limit int64) *Memory { return &Memory{limit: limit} }

// Used returns how many bytes are held.
func (m *Memory) Used() int64 { return m.used.Load() }

// Dropped returns how many messages have been left out, counted for each client.
func (m *Memory) Dropped() uint64 { return m.dropped.Load() }

// admit holds the frames of a message for one more box, that has so many bytes of
// messages waiting. It reports false, and holds nothing, if there is too little left.
func (m *Memory) admit(waiting, cost int, frames []*Frame) bool {
	if m.limit > 0 && int64(waiting+cost) > (m.limit-m.used.Load())/share {
		return false
	}
	if more := hold(frames); more > 0 && m.used.Add(more) > m.limit && m.limit > 0 {
		m.release(frames) // others were faster
		return false
	}
	return true
}

// keep holds frames of presence, which nothing is refused.
func (m *Memory) keep(frames []*Frame) {
	if more := hold(frames); more > 0 {
		m.used.Add(more)
	}
}

// release says that one box has frames no more.
func (m *Memory) release(frames []*Frame) {
	less := int64(0)
	for _, f := range frames {
		if f.holders.Add(-1) == 0 {
			less += f.memory()
		}
	}
	if less > 0 {
		m.used.Add(-less)
	}
}

// hold counts one more box that has frames, and returns how much more memory that is.
func hold(frames []*Frame) int64 {
	more := int64(0)
	for _, f := range frames {
		if f.holders.Add(1) == 1 {
			more += f.memory()
		}
	}
	return more
}
