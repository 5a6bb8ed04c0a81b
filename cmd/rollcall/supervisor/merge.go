package supervisor

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// mostLine is where a line without an end is cut, in bytes.
const mostLine = 64 << 10

// Merge interleaves the output of several nodes by whole lines, each behind the
// name of its node.
type Merge struct {
	mu    sync.Mutex // one line at a time
	sinks []Sink
	width int // of the longest name
}

// Sink is a place where merged lines go.
type Sink struct {
	Writer io.Writer
	Colour bool // names are coloured as for a terminal
	Shown  bool // to whoever started the program, and not kept
}

// NewMerge returns a merge for sources with the given names. A sink that fails
// loses lines, but does not keep the others from theirs.
func NewMerge(names []string, sinks ...Sink) *Merge {
	m := &Merge{sinks: sinks}
	for _, name := range names {
		m.width = max(m.width, len(name))
	}
	return m
}

// palette holds the colours that are readable on dark and on light terminals,
// as ANSI parameters.
func palette() []int { return []int{36, 33, 32, 35, 34, 31} }

// Source returns the writer for what the n-th node prints; n chooses the colour
// of its name, and a negative n none. Each source is for one goroutine at a time.
func (m *Merge) Source(name string, n int) *Source {
	plain := fmt.Sprintf("%-*s | ", m.width, name)
	colour := plain
	if n >= 0 {
		colours := palette()
		colour = fmt.Sprintf("\x1b[%dm%s\x1b[0m", colours[n%len(colours)], plain)
	}
	return &Source{merge: m, plain: plain, colour: colour, to: func(Sink) bool { return true }}
}

// Shown returns a writer as [Merge.Source] does, for what only the sinks get that are
// shown, and Kept one for what only the others get: secrets are not to be kept.
func (m *Merge) Shown(name string) *Source {
	s := m.Source(name, -1)
	s.to = func(sink Sink) bool { return sink.Shown }
	return s
}

// Kept is the counterpart of [Merge.Shown].
func (m *Merge) Kept(name string) *Source {
	s := m.Source(name, -1)
	s.to = func(sink Sink) bool { return !sink.Shown }
	return s
}

// Source is a writer that passes on whole lines; see [Merge].
type Source struct {
	merge  *Merge
	plain  string // prefix
	colour string // prefix for a terminal
	rest   []byte // begin of a line whose end has not come yet
	to     func(Sink) bool
}

// Write takes p whole and never fails: a full disk must not end a node.
func (s *Source) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		s.rest = append(s.rest, line...)
		if line[len(line)-1] == '\n' || len(s.rest) >= mostLine {
			s.flush()
		}
	}
	return len(p), nil
}

// flush passes on the begin of a line as if it had ended.
func (s *Source) flush() {
	if len(s.rest) == 0 {
		return
	}
	s.merge.write(s, bytes.TrimRight(s.rest, "\r\n"))
	s.rest = s.rest[:0]
}

func (m *Merge) write(s *Source, line []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, sink := range m.sinks {
		if !s.to(sink) {
			continue
		}
		prefix := s.plain
		if sink.Colour {
			prefix = s.colour
		}
		_, _ = fmt.Fprintf(sink.Writer, "%s%s\n", prefix, line)
	}
}
