package socket

import (
	"time"

	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// lookAgain is how long a packet waits at most before it is looked at whether its
// client has pushed on meanwhile.
const lookAgain = time.Second

// LongestPause is how long an application pauses a socket at most: see [Socket.Pause].
const LongestPause = 10 * time.Second

// resume tells a socket, or a carrier, to go on with what its client has sent.
type resume struct{}

// arrival is one packet from a client that its socket has yet to take in.
type arrival struct {
	posted engineio.Packet // of a POST
	rest   []byte          // of its payload

	data     []byte // otherwise the contents of a frame
	binary   bool
	line     *Line     // whose reader is to be told that it was taken
	carriage *carriage // likewise, if the reader is at another node
}

func (a *arrival) framed() bool { return a.line != nil || a.carriage != nil }

func (a *arrival) size() int {
	if a.framed() {
		return len(a.data)
	}
	return 1 + len(a.posted.Data)
}

// intake is what a client has sent and its socket has yet to take in, in order. As
// a rule that is nothing. It waits while the client is ahead of its rates, or of its
// application; meanwhile its reader stops, or its POST is not answered, so that what
// waits is bounded.
type intake struct {
	waiting []arrival // frames; what was posted comes first, and waits as it came (posting.rest)
	charged bool      // for the first that waits
	due     time.Time // when it is to be looked at again; zero if it was not yet
	timer   *time.Timer
	held    bool           // what waits has had to
	full    bool           // the application takes no more for now
	awaits  chan struct{}  // closed when what the application waits for has come; nil if it does not
	free    time.Time      // when the last that had to wait was taken
	lost    session.Reason // why the transport is gone; empty while it is there
}

// heldUntil returns until when the client could not be heard, if it ever was so: since
// what it sent waited, or its transport did not read on.
func (s *Socket) heldUntil(now time.Time) time.Time {
	if s.waits() {
		return now
	}
	until := s.intake.free
	if paced, ok := s.transport.(Paced); ok {
		if at := paced.HeldUntil(now); at.After(until) {
			until = at
		}
	}
	return until
}

// waits reports whether anything is yet to be taken in.
func (s *Socket) waits() bool { return s.posting.left > 0 || len(s.intake.waiting) > 0 }

// arrived takes in a frame from the client, now or when its turn comes.
func (s *Socket) arrived(next arrival) {
	switch {
	case s.reason != "":
	case !s.waits() && s.mayTake(&next):
		s.take(&next)
	case s.reason == "":
		s.intake.waiting = append(s.intake.waiting, next)
	}
}

// takeIn takes in what waits, as far as it may.
func (s *Socket) takeIn() {
	for s.waits() {
		next := s.first()
		if !s.mayTake(&next) {
			return
		}
		s.takeFirst(&next)
	}
}

// lose hears that the transport is gone, so that no more will come. What had come before
// is taken in at once, and the socket ends; what would have to wait for what was said
// before is refused.
func (s *Socket) lose(reason session.Reason) {
	s.account.Leave()
	s.intake.lost = reason
	s.takeAll()
}

// takeAll takes in everything, and ends the socket, unless the application waits.
func (s *Socket) takeAll() {
	for s.reason == "" && s.intake.awaits == nil {
		if !s.waits() {
			s.Close(s.intake.lost)
			return
		}
		next := s.first()
		s.takeFirst(&next)
	}
}

// goOn takes in what waits, if it may now.
func (s *Socket) goOn() {
	if s.intake.lost != "" {
		s.takeAll()
		return
	}
	s.takeIn()
}

// first returns the first that waits.
func (s *Socket) first() arrival {
	if s.posting.left > 0 {
		packet, rest := engineio.CutPacket(s.posting.rest)
		return arrival{posted: packet, rest: rest}
	}
	return s.intake.waiting[0]
}

func (s *Socket) takeFirst(next *arrival) {
	if in := &s.intake; next.framed() {
		in.waiting[0] = arrival{}
		if in.waiting = in.waiting[1:]; len(in.waiting) == 0 {
			in.waiting = nil
		}
	}
	s.take(next)
	if in := &s.intake; in.held && !s.waits() {
		in.held, in.free = false, time.Now()
	}
}

// mayTake reports whether the next packet may be taken in now. If not, the socket
// will try again when it may, or it has ended.
func (s *Socket) mayTake(next *arrival) bool {
	in := &s.intake
	if s.reason != "" {
		return false
	}
	if in.full || in.awaits != nil {
		in.held = true
		return false
	}
	now := time.Now()
	if wait := in.due.Sub(now); wait > 0 {
		in.held = true
		s.resumeIn(wait)
		return false
	}
	hold := s.judge(next, now)
	if hold.Over {
		s.Close(floodReason(hold.By))
		return false
	}
	if hold.For > 0 {
		wait := min(hold.For, lookAgain)
		in.held, in.due = true, now.Add(wait)
		s.resumeIn(wait)
		return false
	}
	return true
}

func (s *Socket) take(next *arrival) {
	now := time.Now()
	s.intake.charged, s.intake.due = false, time.Time{}
	s.sockets.metrics.In.Add(1, next.size())
	if next.framed() {
		s.engine.Receive(next.data, next.binary, now)
	} else {
		s.takePosted(next, now)
	}
	s.countPartial()
	switch {
	case next.line != nil:
		next.line.took(len(next.data))
	case next.carriage != nil:
		next.carriage.say(&protos.Taken{})
	}
	s.arm()
}

// countPartial has what is held of a packet that is not whole be counted. Should others
// need the memory, the socket ends.
func (s *Socket) countPartial() {
	if s.client == nil || s.reason != "" {
		return
	}
	held := s.client.Held()
	if held > 0 && s.partial == nil {
		s.partial = s.sockets.partials.Begin(s.site, func() { s.Tell(later{s.giveWay}) })
	}
	s.partial.Holds(held)
}

// giveWay ends the socket, unless the packet has become whole meanwhile.
func (s *Socket) giveWay() {
	if s.client.Held() > 0 {
		s.Close(session.GaveWay)
	}
}

// Pause has the client wait until it is resumed: what it said so far has yet to be
// dealt with. The packet that is taken in now is the last. Like Resume it is for the
// application, on the socket's actor.
func (s *Socket) Pause() { s.intake.full = true }

// Resume ends a pause.
func (s *Socket) Resume() {
	s.intake.full = false
	s.goOn()
}

func (s *Socket) resumeIn(wait time.Duration) {
	in := &s.intake
	if in.timer == nil {
		in.timer = time.AfterFunc(wait, func() { s.Tell(resume{}) })
		return
	}
	in.timer.Reset(wait)
}
