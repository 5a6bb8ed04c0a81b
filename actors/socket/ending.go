package socket

import (
	"time"

	"github.com/rollcall/rollcall/actors/session"
)

// Close ends the socket; what its client was told so far is still written. It is for
// the socket's actor.
func (s *Socket) Close(reason session.Reason) {
	if s.reason != "" {
		return
	}
	if reason != session.TransportClose && reason != session.TransportError {
		s.flushAll()
		if s.reason != "" {
			return
		}
	}
	s.reason = reason
	switch reason {
	case session.TooManyPackets, session.TooManyBytes, session.TooManyFrames, session.TooManyEvents:
		s.sockets.metrics.RateLimited.Closed.Add(1)
		s.sockets.log.Info("a client pushes on beyond its limits and is cut off", "id_socket", s.id, "reason", string(reason))
	}
	s.end()
	if s.polled {
		time.AfterFunc(lingering, func() { s.sockets.system.Root.Stop(s.self) })
		return
	}
	s.sockets.system.Root.Stop(s.self)
}

// end takes the socket out of whatever it is in. It is called for the second time
// when the actor stops.
func (s *Socket) end() {
	if s.line.ended() {
		return
	}
	if s.reason == "" {
		s.reason = session.ShuttingDown
	}
	s.uncount()
	s.out.Shut()
	if s.transport != nil {
		s.transport.Close(s.reason)
		s.polling.told = true // by that, if it had ever polled
	} else {
		s.endPolling()
	}
	if s.carriage != nil {
		s.carriage.sender.End()
	}
	for _, timer := range []*time.Timer{s.timer, s.intake.timer} {
		if timer != nil {
			timer.Stop()
		}
	}
	s.cutPosting()
	s.partial.Holds(0)
	s.line.hangUp()
	if s.reader != nil {
		s.reader.hangUp()
	}
	s.talk.Leave(s.reason)
	s.sockets.log.Debug("socket closed", "id_socket", s.id, "reason", string(s.reason))
	s.vacate()
	s.admitted()
	if s.onEnd != nil {
		s.onEnd()
	}
}

// admitted says that the client has joined a namespace, or never will.
func (s *Socket) admitted() {
	if s.onAdmit != nil {
		s.onAdmit()
		s.onAdmit = nil
	}
}
