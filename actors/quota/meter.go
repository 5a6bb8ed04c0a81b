package quota

import "time"

// Meter is the account of one websocket connection, below whatever reads frames: what
// the layers above throw away costs as well. The zero value is one of which nothing was
// read. It is for one goroutine.
type Meter struct {
	begun         time.Time
	frames, bytes bucket
	flood         run
}

// Count charges what was read.
func (m *Meter) Count(now time.Time, limits *Limits, frames, bytes int) {
	at := m.elapsed(now)
	m.frames.take(at, frames, limits.rate(Frames), 24*time.Hour)
	m.bytes.take(at, bytes, limits.rate(WireBytes), 24*time.Hour)
}

// Hold returns how long to wait before more is read.
func (m *Meter) Hold(now time.Time, limits *Limits, pushed bool) Hold {
	at := m.elapsed(now)
	wait, by := time.Duration(0), Frames
	if limits.rate(Frames) > 0 {
		wait = m.frames.owes(at, limits.moment(Frames))
	}
	if limits.rate(WireBytes) > 0 {
		if w := m.bytes.owes(at, limits.moment(WireBytes)); w > wait {
			wait, by = w, WireBytes
		}
	}
	return Hold{For: wait, By: by, Over: floods(&m.flood, at, wait, pushed)}
}

func (m *Meter) elapsed(now time.Time) time.Duration {
	if m.begun.IsZero() {
		m.begun = now
	}
	return now.Sub(m.begun)
}
