package actors

import "sync"

const (
	// windowMessages and windowBytes are how much of what one socket said to its
	// rooms may wait for its rosters before its client has to wait.
	windowMessages = 32
	windowBytes    = 256 << 10
)

// window is what one socket has said to its rooms and no roster has passed on. While
// it is full the socket takes in nothing from its client, who is thereby slowed down
// by its own connection.
type window struct {
	open func() // called, on any goroutine, when there is room again

	mu       sync.Mutex
	messages int
	bytes    int
	full     bool // somebody waits for open
}

func newWindow(open func()) *window { return &window{open: open} }

// add takes note of a message, and reports whether the window is full by it.
func (w *window) add(size int) (full bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.messages++
	w.bytes += size
	w.full = w.messages >= windowMessages || w.bytes >= windowBytes
	return w.full
}

// took says that a roster has dealt with a message of that size.
func (w *window) took(size int) {
	w.mu.Lock()
	w.messages--
	w.bytes -= size
	opened := w.full && w.messages < windowMessages && w.bytes < windowBytes
	if opened {
		w.full = false
	}
	w.mu.Unlock()
	if opened {
		w.open()
	}
}
