package socket

import (
	"context"
	"strconv"
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// Claim is a websocket that came to this node to take over a polling session,
// wherever that is. It ends with Upgrade or Abandon.
type Claim struct {
	sockets  *Sockets
	token    string
	to       *actor.PID
	question *question // answered once, and again when the session ends
}

type (
	takeOver struct { // Claim → Socket on the same node: the client sends by this websocket from now on
		token     string
		transport Transport
		line      *Line
	}
	claimLost struct{ token string } // Socket → itself: the link to the node with the websocket is lost
)

// Claim announces a websocket for a session. It fails with an [engineio.Refusal]:
// there is no such session, or it has a websocket, or another one is about to
// take over.
func (s *Sockets) Claim(ctx context.Context, sid string) (*Claim, error) {
	to, ok := s.find(sid)
	if !ok {
		return nil, engineio.UnknownSession
	}
	c := &Claim{sockets: s, to: to, token: s.node + "/" + strconv.FormatUint(s.claims.Add(1), 10)}
	c.question = s.ask(to, &protos.Claim{Token: c.token, Address: s.system.Address()})
	if err := claimed(c.question.wait(ctx, askPatience)); err != nil {
		c.Abandon() // it may stand, and its answer be lost
		return nil, err
	}
	return c, nil
}

// Watch calls ended, once and on any goroutine, if the session ends before the
// claim does: nothing is left to take over. stop must be called.
func (c *Claim) Watch(ended func()) (stop func()) {
	over := make(chan struct{})
	go func() {
		select {
		case <-c.question.answers:
			ended()
		case <-c.question.lost:
			ended()
		case <-over:
		}
	}()
	return sync.OnceFunc(func() { close(over) })
}

// Probed says that the client has probed the websocket.
func (c *Claim) Probed() { c.sockets.system.Root.Send(c.to, &protos.Probed{Token: c.token}) }

// Abandon withdraws the claim: the session goes on polling.
func (c *Claim) Abandon() {
	c.sockets.system.Root.Send(c.to, &protos.Abandon{Token: c.token})
	c.question.end()
}

// Upgrade gives the session the websocket. The caller passes on what the client
// sends through the line that it returns. If it fails the caller closes the
// websocket; the session goes on polling, or has ended.
func (c *Claim) Upgrade(ctx context.Context, transport Transport) (*Line, error) {
	defer c.question.end()
	if c.to.GetAddress() == c.sockets.system.Address() {
		line := &Line{root: c.sockets.system.Root, socket: c.to}
		return line, c.ask(ctx, &takeOver{token: c.token, transport: transport, line: line})
	}
	line := c.sockets.carry(c.to, transport)
	err := c.ask(ctx, &protos.Upgrade{Token: c.token, Carrier: line.socket.GetId()})
	if err != nil {
		c.sockets.system.Root.Stop(line.socket)
	}
	return line, err
}

// ask asks the session's socket for what it answers by Claimed.
func (c *Claim) ask(ctx context.Context, request any) error {
	return claimed(c.sockets.answer(ctx, c.to, request))
}

// claimed returns the error that an answer to a claim carries.
func claimed(answer any, err error) error {
	if err != nil {
		return err
	}
	claimed, ok := answer.(*protos.Claimed)
	return refusalOf(claimed.GetRefusal(), ok)
}

// claimed takes in that a websocket wants to take over. The first one wins
// (Engine.IO §WebSocket).
func (s *Socket) claimed(sender *actor.PID, msg *protos.Claim) {
	reply := &protos.Claimed{}
	switch {
	case s.reason != "":
		reply.Refusal = refusing(engineio.UnknownSession)
	case s.transport != nil || s.polling.claim != nil:
		reply.Refusal = refusing(engineio.BadRequest)
	default:
		c := &claim{token: msg.GetToken(), websocket: sender}
		c.unwatch = s.sockets.links.watch(msg.GetAddress(), func() { s.Tell(claimLost{c.token}) })
		s.polling.claim = c
	}
	s.sockets.system.Root.Send(sender, reply)
}

// claims reports whether that token is of the claim that stands.
func (s *Socket) claims(token string) bool {
	return s.reason == "" && s.polling.claim != nil && s.polling.claim.token == token
}

func (s *Socket) probed(token string) {
	if s.claims(token) {
		s.polling.claim.probed = true
		s.release(noopPacket) // whatever there is to say has been said
	}
}

func (s *Socket) abandoned(token string) {
	if c := s.polling.claim; c != nil && c.token == token {
		c.unwatch()
		s.polling.claim = nil
	}
}

// endClaim tells a websocket that the session has ended which it was to take over.
func (s *Socket) endClaim() {
	if c := s.polling.claim; c != nil {
		s.sockets.system.Root.Send(c.websocket, &protos.Claimed{Refusal: refusing(engineio.UnknownSession)})
		s.abandoned(c.token)
	}
}

// endPoll releases the poll that waits when a websocket takes over. One that came
// after the probe was sent beside the upgrade, or after it: it is refused.
func (s *Socket) endPoll() {
	p := &s.polling
	if p.poll == nil || !p.afterProbe {
		s.release(noopPacket)
		return
	}
	s.refuse(p.poll, engineio.BadRequest)
	p.unwatch()
	p.poll = nil
}

// upgrade makes a websocket the transport. What waits goes out by it.
func (s *Socket) upgrade(sender *actor.PID, token string, transport func() Transport) {
	reply := &protos.Claimed{}
	switch c := s.polling.claim; {
	case s.reason != "":
		reply.Refusal = refusing(engineio.UnknownSession)
	case c == nil || c.token != token: // that it did not probe is its own affair, as in the official server
		reply.Refusal = refusing(engineio.BadRequest)
	default:
		s.endPoll()
		s.abandoned(token)
		s.setTransport(transport())
	}
	s.sockets.system.Root.Send(sender, reply)
	s.flush()
}

func (s *Socket) takenOver(sender *actor.PID, msg *takeOver) {
	s.upgrade(sender, msg.token, func() Transport {
		s.reader = msg.line
		return msg.transport
	})
}

func (s *Socket) upgradedElsewhere(sender *actor.PID, msg *protos.Upgrade) {
	s.upgrade(sender, msg.GetToken(), func() Transport {
		s.carriage = newCarriage(s, actor.NewPID(sender.GetAddress(), msg.GetCarrier()))
		return s.carriage
	})
}
