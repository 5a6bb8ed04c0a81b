package socket

import (
	"time"

	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/problem"
)

// judge charges the first that waits to its client, once, and returns what is to be
// done with it.
func (s *Socket) judge(next *arrival, now time.Time) quota.Hold {
	if s.intake.charged {
		return s.account.Judge(now, &s.wire.Limits, s.pushesOn(now))
	}
	s.intake.charged = true
	return s.account.Admit(now, &s.wire.Limits, next.size(), s.pushesOn(now))
}

// pushesOn reports whether the client has sent more than may wait on its way: its
// reader waits, or would wait at the node that has its websocket; or its POST has more,
// or more than one for longer than anybody is to wait for an answer.
func (s *Socket) pushesOn(now time.Time) bool {
	switch {
	case s.posting.left > 0:
		p := &s.posting
		return p.left > lineDepth || len(p.rest) > lineSize || p.left > 1 && now.Sub(p.since) > quota.RefuseAfter
	case s.carriage != nil:
		return fullLine(s.intake.waiting)
	case s.reader != nil:
		return s.reader.pushed()
	default:
		return s.line.pushed()
	}
}

// fullLine reports whether what waits is much of what a line lets through: some of it is
// on its way still.
func fullLine(waiting []arrival) bool {
	bytes := 0
	for i := range waiting {
		bytes += waiting[i].size()
	}
	return len(waiting) >= lineDepth/2 || len(waiting) > 1 && bytes >= lineSize/2
}

// Charge charges the client for what it causes. It may be called from any goroutine.
func (s *Socket) Charge(c quota.Cost, n int) { s.account.Charge(time.Now(), &s.wire.Limits, c, n) }

// refuses returns why the client's next event is refused, nil if it is not. If it has
// pushed on for too long, the socket has ended.
func (s *Socket) refuses() error {
	r := s.account.Refuse(time.Now(), &s.wire.Limits)
	switch {
	case r.Over:
		s.Close(session.TooManyEvents)
		return tooMany(r)
	case r.Retry > 0:
		return tooMany(r)
	}
	return nil
}

// tooMany says what a client has too much of, and for how long it is to wait.
func tooMany(r quota.Refusal) error {
	what := "What your events cause to be sent to others is more than this server takes from one client"
	switch r.By {
	case quota.Moves:
		what = "You join and leave rooms more often than this server lets one client"
	case quota.Changes:
		what = "You send identity-change more often than this server lets one client"
	}
	seconds := int((r.Retry + time.Second - 1) / time.Second)
	return problem.New(problem.RateLimited, "%s: wait for %d s, then send less", what, seconds)
}

func floodReason(by quota.Cost) session.Reason {
	if by == quota.Bytes {
		return session.TooManyBytes
	}
	return session.TooManyPackets
}
