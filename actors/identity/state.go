package identity

import "time"

// complainEvery is the pause between two log lines about malformed messages.
const complainEvery = 10 * time.Second

// State is what an operator wants to know about a subscription.
type State struct {
	Up        bool      // the bus is being heard
	Refused   bool      // it is not, as Redis answers with errors
	Since     time.Time // since when it is up or down
	Placed    bool      // the log was read once; until then no change is delivered
	LastSeq   int64     // number of the last change that was delivered or before our time
	Behind    bool      // the log could not be read when it was last tried
	Malformed int64     // messages that could not be understood
	Heard     uint64    // changes that were delivered as they came by the bus
	Read      uint64    // changes that were delivered from the log
	LastError string    // the last thing that went wrong, "" if nothing did
	ErrorAt   time.Time // when that was
}

// State returns the state of the moment. It may be called by any goroutine.
func (s *Subscription) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

func (s *Subscription) busIsUp() {
	if !s.State().Up {
		s.log.Info("identity changes come by Redis")
	}
	s.announced = true
	s.note(nil, func(state *State) {
		if !state.Up {
			state.Up, state.Since = true, time.Now()
		}
		state.Refused = false
	})
}

// busIsDown is told why, whether Redis is away or refuses what this node wants.
func (s *Subscription) busIsDown(err error) {
	refused := refusalIn(err) != nil
	switch before := s.State(); {
	case !before.Up && s.announced && before.Refused == refused:
	case refused:
		s.log.Warn("Redis refuses this node; identity changes are read from the user store every second"+hint(err), "error", err)
	default:
		s.log.Warn("Redis is away; identity changes are read from the user store every second", "error", err)
	}
	s.announced = true
	s.note(err, func(state *State) {
		if state.Up {
			state.Up, state.Since = false, time.Now()
		}
		state.Refused = refused
	})
}

func (s *Subscription) ignored(err error) {
	if now := time.Now(); now.Sub(s.complained) >= complainEvery { // whoever reaches Redis causes these
		s.complained = now
		s.log.Warn("ignored messages of Redis that are none of this cluster's", "error", err, "so_far", s.State().Malformed+1)
	}
	s.note(err, func(state *State) { state.Malformed++ })
}

func (s *Subscription) readFailed(err error) {
	if !s.failing {
		s.log.Warn("cannot read identity changes; trying every second", "error", err)
	}
	s.failing = true
	s.note(err, func(state *State) { state.Behind = true })
}

func (s *Subscription) readSucceeded() {
	if s.failing {
		s.log.Info("identity changes can be read again")
	}
	s.failing = false
	s.note(nil, func(state *State) { state.Behind = false })
}

// moved publishes the position, and by which way it was reached.
func (s *Subscription) moved(heard, read int) {
	s.note(nil, func(state *State) {
		state.Placed, state.LastSeq = s.seq.placed, s.seq.last
		state.Heard += uint64(heard)
		state.Read += uint64(read)
	})
}

func (s *Subscription) note(err error, change func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.state)
	if err != nil {
		s.state.LastError, s.state.ErrorAt = err.Error(), time.Now()
	}
}
