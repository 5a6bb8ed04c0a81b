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
	packet engineio.Packet // of a POST, decoded with the rest of its payload
	posted bool

	data     []byte // otherwise the contents of a frame
	binary   bool
	line     *Line     // whose reader is to be told that it was taken
	carriage *carriage // likewise, if the reader is at another node
}

func (a *arrival) size() int {
	if a.posted {
		return 1 + len(a.packet.Data)
	}
	return len(a.data)
}

// intake is what a client has sent and its socket has yet to take in, in order. As
// a rule that is nothing. It waits while the client is ahead of its rates, or of the
// rosters that are to take what it says; meanwhile its reader stops, or its POST is
// not answered, so that what waits is bounded.
type intake struct {
	waiting []arrival
	due     time.Time // when the first that waits may be taken; zero if that is not known
	pacing  pacing
	timer   *time.Timer
	full    bool      // the application takes no more for now
	free    time.Time // when the last that had to wait was taken
}

// heldUntil returns until when the client could not be heard, if it ever was so.
func (in *intake) heldUntil(now time.Time) time.Time {
	if len(in.waiting) > 0 {
		return now
	}
	return in.free
}

// arrived takes in what the client sends, now or when its turn comes.
func (s *Socket) arrived(next arrival) {
	switch in := &s.intake; {
	case s.reason != "":
	case len(in.waiting) == 0 && s.mayTake(&next):
		s.take(&next)
	case s.reason == "":
		in.waiting = append(in.waiting, next)
	}
}

// takeIn takes in what waits, as far as it may.
func (s *Socket) takeIn() {
	for len(s.intake.waiting) > 0 && s.mayTake(&s.intake.waiting[0]) {
		s.takeNext()
	}
}

// takeAll takes in everything at once: the transport is gone, so no more will come.
func (s *Socket) takeAll() {
	for s.reason == "" && len(s.intake.waiting) > 0 {
		s.takeNext()
	}
}

func (s *Socket) takeNext() {
	in := &s.intake
	next := in.waiting[0]
	in.waiting[0] = arrival{}
	if in.waiting = in.waiting[1:]; len(in.waiting) == 0 {
		in.waiting, in.free = nil, time.Now()
	}
	s.take(&next)
}

// mayTake reports whether the next packet may be taken in now. If not, the socket
// will try again when it may, or it has ended.
func (s *Socket) mayTake(next *arrival) bool {
	in := &s.intake
	if s.reason != "" || in.full {
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
		s.resumeIn(wait)
		return false
	}
	return true
}

func (s *Socket) take(next *arrival) {
	now := time.Now()
	s.intake.due = time.Time{}
	s.sockets.metrics.In.Add(1, next.size())
	if next.posted {
		s.takePosted(next.packet, now)
	} else {
		s.engine.Receive(next.data, next.binary, now)
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
