package socket

import "time"

// tick looks at what is due, and arms the timer for what is due next.
func (s *Socket) tick() {
	now := time.Now()
	s.engine.Excuse(s.heldUntil(now))
	s.engine.Excuse(s.busyUntil(now))
	s.engine.Tick(now)
	s.talk.Tick(now)
	s.armed = time.Time{}
	s.arm()
}

// arm sets the timer, unless it fires early enough already.
func (s *Socket) arm() {
	if s.reason != "" {
		return
	}
	due := s.engine.Due()
	if d := s.talk.Due(); !d.IsZero() && d.Before(due) {
		due = d
	}
	switch {
	case !s.armed.IsZero() && !due.Before(s.armed):
	case s.timer == nil:
		s.timer = time.AfterFunc(time.Until(due), func() { s.Tell(tick{}) })
		s.armed = due
	default:
		s.timer.Reset(time.Until(due))
		s.armed = due
	}
}
