package actors

import (
	"time"

	"golang.org/x/time/rate"

	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// overPatience is for how long, without a break, a client may want to send more
// than its rates allow. Until then it is slowed down: what it buffered while it was
// offline is taken, as fast as it may be. Whoever goes on is cut off.
const overPatience = 10 * time.Second

// overCalm is how long no packet may have had to wait before the client counts as
// within its rates again.
const overCalm = time.Second

// resume tells a socket to go on with what its client has sent.
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
// a rule that is nothing. It waits while the client is ahead of its rates, or of the
// rosters that are to take what it says; meanwhile its reader stops, or its POST is
// not answered, so that what waits is bounded.
type intake struct {
	waiting []arrival // frames; what was posted comes first, and waits as it came (posting.rest)
	due     time.Time // when the first that waits may be taken; zero if that is not known
	pacing  pacing
	timer   *time.Timer
	held    bool      // what waits has had to
	full    bool      // the application takes no more for now
	free    time.Time // when the last that had to wait was taken
}

// heldUntil returns until when the client could not be heard, if it ever was so.
func (s *Socket) heldUntil(now time.Time) time.Time {
	if s.waits() {
		return now
	}
	return s.intake.free
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

// takeAll takes in everything at once: the transport is gone, so no more will come.
func (s *Socket) takeAll() {
	for s.reason == "" && s.waits() {
		next := s.first()
		s.takeFirst(&next)
	}
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
	if in.full {
		in.held = true
		return false
	}
	now := time.Now()
	if in.due.IsZero() {
		wait, reason := in.pacing.admit(now, next.size(), s.wire)
		if reason != "" {
			s.close(reason)
			return false
		}
		in.due = now.Add(wait)
	}
	if wait := in.due.Sub(now); wait > 0 {
		in.held = true
		s.resumeIn(wait)
		return false
	}
	return true
}

func (s *Socket) take(next *arrival) {
	now := time.Now()
	s.intake.due = time.Time{}
	s.sockets.metrics.In.Add(1, next.size())
	if next.framed() {
		s.engine.Receive(next.data, next.binary, now)
	} else {
		s.takePosted(next, now)
	}
	switch {
	case next.line != nil:
		next.line.took(len(next.data))
	case next.carriage != nil:
		next.carriage.say(&protos.Taken{})
	}
	s.arm()
}

// pause has the client wait until it is resumed: what it said so far has yet to be
// dealt with. The packet that is taken in now is the last.
func (s *Socket) pause() { s.intake.full = true }

func (s *Socket) resume() {
	s.intake.full = false
	s.takeIn()
}

func (s *Socket) resumeIn(wait time.Duration) {
	in := &s.intake
	if in.timer == nil {
		in.timer = time.AfterFunc(wait, func() { s.tell(resume{}) })
		return
	}
	in.timer.Reset(wait)
}

// pacing is how fast a client may send.
type pacing struct {
	packets *rate.Limiter // nil before the first
	bytes   *rate.Limiter // likewise
	over    time.Time     // since when packets have had to wait, with no overCalm between two
	last    time.Time     // when the last of them was let through
}

// admit returns how long the next packet has to wait, or why its client is to be
// cut off. It is called once for each, when those before it have been taken.
func (p *pacing) admit(now time.Time, size int, wire *Wire) (time.Duration, session.Reason) {
	wait, reason := time.Duration(0), session.TooManyPackets
	if most := wire.PacketRate; most > 0 {
		if p.packets == nil {
			p.packets = rate.NewLimiter(rate.Limit(most), 2*most)
		}
		wait = p.packets.ReserveN(now, 1).DelayFrom(now)
	}
	if most := wire.ByteRate; most > 0 {
		if p.bytes == nil { // a message of any size that is allowed fits
			p.bytes = rate.NewLimiter(rate.Limit(most), max(2*most, wire.MaxPayload))
		}
		if w := p.bytes.ReserveN(now, size).DelayFrom(now); w > wait {
			wait, reason = w, session.TooManyBytes
		}
	}
	if wait <= 0 {
		return 0, ""
	}
	if p.over.IsZero() || now.Sub(p.last) > overCalm {
		p.over = now
	}
	p.last = now.Add(wait)
	if p.last.Sub(p.over) > overPatience {
		return 0, reason
	}
	return wait, ""
}
