package history

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Recorder writes a history down. Its methods may be called from any goroutine.
type Recorder struct {
	start    time.Time
	deadline time.Duration
	margin   time.Duration

	mu  sync.Mutex
	now *History
}

// NewRecorder begins a history.
func NewRecorder(deadline, margin time.Duration) *Recorder {
	r := &Recorder{start: time.Now(), deadline: deadline, margin: margin}
	r.now = r.blank()
	return r
}

func (r *Recorder) blank() *History {
	return &History{
		Begun: r.Now(), Broke: Never, Mended: Never, End: Never, Deadline: r.deadline, Margin: r.margin,
		Doubted: make(map[string]bool),
	}
}

// Now returns the present moment.
func (r *Recorder) Now() Moment { return time.Since(r.start) }

// Try notes that a client begins to connect. What the stay holds is changed by
// the recorder only.
func (r *Recorder) Try(room string, user string) *Stay {
	s := &Stay{Room: room, User: user, Joined: Never, Leaving: Never, Ended: Never}
	r.note(func(h *History) {
		s.Tried = r.Now()
		h.Stays = append(h.Stays, s)
	})
	return s
}

// Name notes the id of a client's socket.
func (r *Recorder) Name(s *Stay, socket string) { r.note(func(*History) { s.Socket = socket }) }

// Join notes that a client was welcomed.
func (r *Recorder) Join(s *Stay, node string, start Position) {
	r.note(func(*History) { s.Node, s.Start, s.Joined = node, start, r.Now() })
}

// Leave notes that a client begins to leave, unless it does already.
func (r *Recorder) Leave(s *Stay) {
	r.note(func(*History) {
		if s.Ended == Never && s.Leaving == Never {
			s.Leaving = r.Now()
		}
	})
}

// End notes that a connection has ended, and when anything last came over it.
func (r *Recorder) End(s *Stay, heard Moment) {
	r.note(func(*History) {
		s.Ended = r.Now()
		if s.Leaving == Never {
			s.Leaving, s.Dropped = heard, true
		}
	})
}

// Hear notes what a client is told. Its time is set here.
func (r *Recorder) Hear(s *Stay, e Event) {
	r.note(func(*History) {
		e.At = r.Now()
		s.Events = append(s.Events, e)
	})
}

// Answer notes a roll.
func (r *Recorder) Answer(roll Roll) { r.note(func(h *History) { h.Rolls = append(h.Rolls, roll) }) }

// Renamed notes a rename that was acknowledged just now.
func (r *Recorder) Renamed(user string, version int64, begun Moment) {
	r.note(func(h *History) {
		h.Renames = append(h.Renames, Rename{User: user, Version: version, Begun: begun, At: r.Now()})
	})
}

// Doubt notes that a rename was not answered.
func (r *Recorder) Doubt(user string) { r.note(func(h *History) { h.Doubted[user] = true }) }

// Say notes that a client begins to send a message. What the saying holds is changed by
// the recorder only.
func (r *Recorder) Say(s *Stay, number int) *Saying {
	saying := &Saying{Socket: s.Socket, Room: s.Room, Number: number, Answered: Never}
	r.note(func(h *History) {
		saying.Begun = r.Now()
		h.Sayings = append(h.Sayings, saying)
	})
	return saying
}

// Reply notes how a message was answered: by a code if it was refused.
func (r *Recorder) Reply(s *Saying, refusal string) {
	r.note(func(*History) { s.Answered, s.Refusal = r.Now(), refusal })
}

// Break notes that something is being broken that is no node.
func (r *Recorder) Break() { r.note(func(h *History) { h.Broke = min(h.Broke, r.Now()) }) }

// Mend notes that it is whole again.
func (r *Recorder) Mend() { r.note(func(h *History) { h.Mended = r.Now() }) }

// Fail notes that a node is being broken. It returns by which steps that goes on.
func (r *Recorder) Fail(node string, fatal, mute bool) *Failing {
	return r.fail(Outage{Node: node, Fatal: fatal, Mute: mute})
}

// Slow notes that a node is being slowed down: it still has to answer, and to keep
// its clients. It returns by which steps that goes on.
func (r *Recorder) Slow(node string) *Failing { return r.fail(Outage{Node: node, Slow: true}) }

func (r *Recorder) fail(o Outage) *Failing {
	f := &Failing{recorder: r}
	r.note(func(h *History) {
		f.history, f.index = h, len(h.Outages)
		h.Broke = min(h.Broke, r.Now())
		o.From, o.Full, o.Until, o.Over = r.Now(), Never, Never, Never
		h.Outages = append(h.Outages, o)
	})
	return f
}

// Failing is an outage that goes on.
type Failing struct {
	recorder *Recorder
	history  *History
	index    int
}

func (f *Failing) step(do func(*Outage)) {
	f.recorder.note(func(*History) { do(&f.history.Outages[f.index]) })
}

// Full notes that the node is broken now.
func (f *Failing) Full() { f.step(func(o *Outage) { o.Full = f.recorder.Now() }) }

// Until notes that the node is being mended.
func (f *Failing) Until() { f.step(func(o *Outage) { o.Until = f.recorder.Now() }) }

// Over notes that the node is well again.
func (f *Failing) Over() { f.step(func(o *Outage) { o.Over = f.recorder.Now() }) }

// Snapshot returns the history so far, as if it ended now.
func (r *Recorder) Snapshot() *History {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := *r.now
	h.End = r.Now()
	h.Rolls, h.Outages, h.Renames = slices.Clone(h.Rolls), slices.Clone(h.Outages), slices.Clone(h.Renames)
	h.Doubted = maps.Clone(h.Doubted)
	h.Sayings = nil
	for _, s := range r.now.Sayings {
		c := *s
		h.Sayings = append(h.Sayings, &c)
	}
	h.Stays = nil
	for _, s := range r.now.Stays {
		c := *s
		c.Events = slices.Clone(s.Events)
		h.Stays = append(h.Stays, &c)
	}
	return &h
}

// Turn ends the history, and begins another one with the clients who stay. It must
// be quiet: what is on its way belongs to neither.
func (r *Recorder) Turn() *History {
	h := r.Snapshot()
	r.note(func(now *History) {
		next := r.blank()
		next.Known = h.versions()
		for _, s := range now.Stays {
			if s.Ended != Never {
				continue
			}
			s.Start, s.Events = last(s), nil
			next.Stays = append(next.Stays, s)
		}
		r.now = next
	})
	return h
}

// last returns the position after what a client was told.
func last(s *Stay) Position {
	for _, e := range slices.Backward(s.Events) {
		if e.Seq > 0 {
			return e.Position
		}
	}
	return s.Start
}

func (r *Recorder) note(do func(*History)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do(r.now)
}
