package socket

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/inflight"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

const (
	// pollSize is how many bytes one poll brings, unless a packet alone has more.
	pollSize = writeSlice

	// lastPollSize is that of a poll that comes after the end, and brings what was told
	// before: few will follow.
	lastPollSize = 256 << 10

	// lingering is how long a socket that was polled answers for itself after its
	// end: its client is told once, and the next request is refused at once.
	lingering = time.Second

	// probedPatience is how long a poll waits that comes after a probe, as in the
	// official server: its client may be about to upgrade, or has by another way.
	probedPatience = 100 * time.Millisecond

	closePacket = "1"
	noopPacket  = "6"
)

// pollLost tells a socket that the link to the node was lost that waits for the
// answer to a poll.
type pollLost struct{ poll *actor.PID }

// polling is the side of a socket that a client polls: at most one poll waits.
type polling struct {
	poll    *actor.PID       // the poll that waits
	over    *inflight.Sender // what it is answered over
	last    *actor.PID       // the poll that was answered last, and may fail yet
	unwatch func()

	afterProbe bool // the poll that waits came after a probe

	told  bool // the client knows that the socket has ended
	claim *claim
}

// claim is a websocket that is to take over.
type claim struct {
	token     string
	websocket *actor.PID // hears if the session ends before
	probed    bool
	unwatch   func()
}

// takePoll takes a poll in. A second one beside it ends the session (Engine.IO
// §Receiving data), wherever it came to.
func (s *Socket) takePoll(poll *actor.PID) {
	if s.reason == "" {
		s.tick() // its time may be up, though the timer has not said so yet
	}
	p := &s.polling
	over := s.sockets.links.sender(poll.GetAddress(), func() { s.Tell(flush{}) })
	switch {
	case s.reason == "" && s.transport != nil:
		s.refuse(poll, engineio.BadRequest) // it has been upgraded
	case s.reason != "" && p.told:
		s.refuse(poll, engineio.UnknownSession)
	case s.reason == session.TransportClose:
		p.told = true // it asked for that while this poll was on its way
		s.answer(poll, over, []byte(noopPacket))
	case s.reason != "":
		// What it was told last comes by itself: the official client passes events on a
		// little later, and would take in the end before what is with it.
		payload := s.takePayload(over, lastPollSize)
		if p.told = len(payload) == 0; p.told {
			payload = []byte(closePacket)
		}
		s.answer(poll, over, payload)
	case p.poll != nil:
		s.release(closePacket)
		p.told = true
		s.refuse(poll, engineio.BadRequest)
		s.Close(session.ParseError)
	default:
		unwatch := s.sockets.links.watch(poll.GetAddress(), func() { s.Tell(pollLost{poll}) })
		p.poll, p.over = poll, over
		p.unwatch = func() { unwatch(); over.End() }
		s.flush()
		if p.afterProbe = p.poll != nil && p.claim != nil && p.claim.probed; p.afterProbe {
			s.After(probedPatience, func() { s.releasePoll(poll) })
		}
	}
}

// releasePoll answers a poll with nothing, if it waits still.
func (s *Socket) releasePoll(poll *actor.PID) {
	if p := s.polling.poll; p != nil && p.Equal(poll) {
		s.release(noopPacket)
	}
}

// answerPoll gives a poll that waits whatever there is.
func (s *Socket) answerPoll() {
	if s.polling.poll == nil {
		return
	}
	if payload := s.takePayload(s.polling.over, pollSize); len(payload) > 0 {
		s.release(string(payload))
	}
}

// takePayload takes from the outbox what fits one poll of that size: nothing if there is no
// room for it on the link to the poll.
func (s *Socket) takePayload(over *inflight.Sender, size int) []byte {
	var payload []byte
	frames, _ := s.takeOut(size, over)
	for _, f := range frames {
		next, err := engineio.AppendFrame(payload, f.Data, f.Binary)
		if err != nil {
			s.sockets.log.Warn("a text cannot be sent by polling and is left out", "id_socket", s.id, "err", err)
			continue
		}
		payload = next
	}
	s.out.Release(frames)
	s.sockets.metrics.Out.Add(len(frames), len(payload))
	s.busyReading(len(payload))
	return payload
}

// release answers the poll that waits, if one does.
func (s *Socket) release(payload string) {
	p := &s.polling
	if p.poll == nil {
		return
	}
	s.answer(p.poll, p.over, []byte(payload))
	p.unwatch()
	if p.last, p.poll = p.poll, nil; payload == noopPacket {
		p.last = nil // its loss would be none
	}
}

func (s *Socket) answer(poll *actor.PID, over *inflight.Sender, payload []byte) {
	s.sockets.system.Root.Send(poll, &protos.Polled{Payload: payload})
	over.Sent(len(payload))
}

func (s *Socket) refuse(poll *actor.PID, why engineio.Refusal) {
	s.sockets.system.Root.Send(poll, &protos.Polled{Refusal: refusing(why)})
}

// pollCut ends a session whose client did not get what a poll brought, or gave up
// waiting for it.
func (s *Socket) pollCut(poll *actor.PID) {
	p := &s.polling
	waits := p.poll != nil && p.poll.Equal(poll)
	if waits {
		p.unwatch()
		p.poll = nil
	}
	if waits || p.poll == nil && p.last != nil && p.last.Equal(poll) {
		p.told = true
		s.Close(session.TransportError)
	}
}

// comesBack reports whether a client is to connect again, and so is told of the end
// by its next poll if none waits.
func comesBack(reason session.Reason) bool {
	switch reason {
	case session.ShuttingDown, session.ServerDisconnect, session.TryAgain, session.Overloaded, session.GaveWay,
		session.UserRemoved, session.TokenExpired, session.TokenRevoked:
		return true
	}
	return false
}

// endPolling tells a client that polls that its socket has ended, by the poll that
// waits. If none does, one that comes in time brings what the client was told last;
// after a fault of the client it is refused.
func (s *Socket) endPolling() {
	p := &s.polling
	s.endClaim()
	asked := s.reason == session.TransportClose
	switch {
	case p.poll == nil && (asked || comesBack(s.reason)):
		return
	case p.poll == nil:
	case asked:
		s.release(noopPacket)
	default:
		s.release(closePacket) // it was told all else before
	}
	p.told = true
}
