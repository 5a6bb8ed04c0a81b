package socket

import (
	"context"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// postPatience is how long a socket may take to take in a payload: while its
// client is over its rates, and while its application has it paused.
const postPatience = quota.CloseAfter + 2*quota.RefuseAfter + LongestPause + askPatience

// Posting is a POST of a client that has come to this node, for a session on
// whatever node. It ends with Deliver, Refuse or Lose.
type Posting struct{ question *question }

// BeginPost announces a POST whose payload is still to be read. It fails with an
// [engineio.Refusal]: there is no such session, or it does not poll any more, or it
// has ended by this, since another POST of it is under way.
func (s *Sockets) BeginPost(ctx context.Context, sid string) (*Posting, error) {
	to, ok := s.find(sid)
	if !ok {
		return nil, engineio.UnknownSession
	}
	p := &Posting{s.ask(to, &protos.PostBegun{})}
	if err := p.answered(ctx, askPatience); err != nil {
		p.Refuse() // it may stand, and its answer be lost
		return nil, err
	}
	return p, nil
}

// Deliver hands over the payload, and returns once the socket has taken it in. It
// fails with an [engineio.Refusal], or the error of ctx.
func (p *Posting) Deliver(ctx context.Context, payload []byte) error {
	ctx, cancel := context.WithTimeout(ctx, postPatience)
	defer cancel()
	q := p.question
	defer q.end()
	room := make(chan struct{}, 1)
	sender := q.sockets.links.sender(q.to.GetAddress(), func() { room <- struct{}{} })
	defer sender.End()
	if _, ok := sender.Take(len(payload)); !ok {
		select {
		case <-room:
		case <-q.lost:
			return engineio.UnknownSession
		case <-ctx.Done():
			q.say(&protos.PostEnded{Lost: true})
			return ctx.Err()
		}
	}
	q.say(&protos.Post{Payload: payload})
	sender.Sent(len(payload))
	return p.answered(ctx, postPatience)
}

// Refuse says that the client was refused what it posted, and knows.
func (p *Posting) Refuse() {
	p.question.say(&protos.PostEnded{})
	p.question.end()
}

// Lose says that what the client posted is lost: its session ends.
func (p *Posting) Lose() {
	p.question.say(&protos.PostEnded{Lost: true})
	p.question.end()
}

func (p *Posting) answered(ctx context.Context, patience time.Duration) error {
	answer, err := p.question.wait(ctx, patience)
	if err != nil {
		return err
	}
	posted, ok := answer.(*protos.Posted)
	return refusalOf(posted.GetRefusal(), ok)
}

// postLost tells a socket that the link to the node was lost that reads a POST.
type postLost struct{ post *actor.PID }

// posting is the side of a socket that takes POSTs: one is under way at a time.
type posting struct {
	post    *actor.PID // nil if none is
	unwatch func()
	rest    []byte // of the payload; valid
	left    int    // packets in it
	taking  bool   // one of them is taken in right now
	since   time.Time
}

// postBegun takes note of a POST. A second one beside it ends the session, as in
// the official server, wherever it came to: nobody knows which was to be first.
func (s *Socket) postBegun(post *actor.PID) {
	switch {
	case s.reason != "":
		s.answerPost(post, refusing(engineio.UnknownSession))
	case s.transport != nil:
		s.answerPost(post, refusing(engineio.BadRequest)) // it has been upgraded
	case s.posting.post != nil:
		s.answerPost(post, refusing(engineio.BadRequest))
		s.Close(session.ParseError)
	default:
		s.posting = posting{post: post}
		s.posting.unwatch = s.sockets.links.watch(post.GetAddress(), func() { s.Tell(postLost{post}) })
		s.answerPost(post, 0)
	}
}

// postEnded hears that a POST brings nothing.
func (s *Socket) postEnded(post *actor.PID, lost bool) {
	if !s.posts(post) {
		return
	}
	s.endPosting()
	if lost {
		s.Close(session.TransportError)
	}
}

// posted takes in what a client posted: all of it or, if it is not valid, nothing.
// By the time of the answer it has been dealt with. A POST that began before the
// session was upgraded still counts.
func (s *Socket) posted(post *actor.PID, payload []byte) {
	switch {
	case s.reason != "":
		s.answerPost(post, refusing(engineio.UnknownSession))
		return
	case !s.posts(post) || s.posting.left > 0:
		s.answerPost(post, refusing(engineio.BadRequest))
		return
	}
	packets, err := engineio.DecodePayload(payload, engineio.Limits{Bytes: s.wire.MaxPayload})
	if err != nil {
		s.answerPost(post, refusing(engineio.BadRequest))
		s.endPosting()
		s.Close(session.ParseError)
		return
	}
	s.posting.rest, s.posting.left = payload, len(packets) // what waits takes no more memory than it came with
	s.posting.since = time.Now()
	s.takeIn()
}

// takePosted takes in a packet of a POST. If that ends the session the rest means
// nothing, and the client gets the answer that it would have got for the last
// packet, as from the official server.
func (s *Socket) takePosted(next *arrival, now time.Time) {
	p := &s.posting
	p.rest, p.taking = next.rest, true
	s.engine.Packet(next.posted, now)
	p.taking = false
	if p.left--; p.left == 0 || s.reason != "" {
		s.answerPost(p.post, 0)
		s.endPosting()
	}
}

// cutPosting ends the POST that is under way with the session: its client is told
// that not all of it was taken in.
func (s *Socket) cutPosting() {
	if s.posting.taking {
		return // its own packet ended the session
	}
	if s.posting.left > 0 {
		s.answerPost(s.posting.post, refusing(engineio.BadRequest))
	}
	s.endPosting()
}

// posts reports whether that POST is the one under way.
func (s *Socket) posts(post *actor.PID) bool {
	return s.posting.post != nil && s.posting.post.Equal(post)
}

func (s *Socket) endPosting() {
	if s.posting.post != nil {
		s.posting.unwatch()
		s.posting = posting{}
	}
}

func (s *Socket) answerPost(post *actor.PID, refusal int32) {
	s.sockets.system.Root.Send(post, &protos.Posted{Refusal: refusal})
}
