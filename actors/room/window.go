package room

import "sync"

const (
	// WindowMessages and windowBytes are how much of what one socket said to its
	// rooms may wait for its rosters before its client has to wait.
	WindowMessages = 32
	windowBytes    = 256 << 10
)

// Window is what one socket has said to its rooms and no roster has passed on. While
// it is full the socket takes in nothing from its client, who is thereby slowed down
// by its own connection.
type Window struct {
	open func() // see NewWindow

	mu       sync.Mutex
	messages int
	bytes    int
	full     bool // somebody waits for open
}

// NewWindow returns an empty window. open is called, on any goroutine, when there is room
// again in one that was full.
func NewWindow(open func()) *Window { return &Window{open: open} }

// Add takes note of a message, and reports whether the window is full by it.
func (w *Window) Add(size int) (full bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.messages++
	w.bytes += size
	w.full = w.messages >= WindowMessages || w.bytes >= windowBytes
	return w.full
}

// took says that a roster has dealt with a message of that size.
func (w *Window) took(size int) {
	w.mu.Lock()
	w.messages--
	w.bytes -= size
	opened := w.full && w.messages < WindowMessages && w.bytes < windowBytes
	if opened {
		w.full = false
	}
	w.mu.Unlock()
	if opened {
		w.open()
	}
}
