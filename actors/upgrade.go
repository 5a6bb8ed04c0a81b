package actors

import (
	"context"
	"strconv"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// Claim is a websocket that came to this node to take over a polling session,
// wherever that is. It ends with Upgrade or Abandon.
type Claim struct {
	sockets *Sockets
	token   string
	to      *actor.PID
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
	if err := c.ask(ctx, &protos.Claim{Token: c.token, Address: s.system.Address()}); err != nil {
		c.Abandon() // it may stand, and its answer be lost
		return nil, err
	}
	return c, nil
}

// Probed says that the client has probed the websocket.
func (c *Claim) Probed() { c.sockets.system.Root.Send(c.to, &protos.Probed{Token: c.token}) }

// Abandon withdraws the claim: the session goes on polling.
func (c *Claim) Abandon() { c.sockets.system.Root.Send(c.to, &protos.Abandon{Token: c.token}) }

// Upgrade gives the session the websocket. The caller passes on what the client
// sends through the line that it returns. If it fails the caller closes the
// websocket; the session goes on polling, or has ended.
func (c *Claim) Upgrade(ctx context.Context, transport Transport) (*Line, error) {
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
	answer, err := c.sockets.answer(ctx, c.to, request)
	if err != nil {
		return err
	}
	claimed, ok := answer.(*protos.Claimed)
	return refusalOf(claimed.GetRefusal(), ok)
}

// claimed takes in that a websocket wants to take over. The first one wins
// (WIRE.md, rule 6).
func (s *Socket) claimed(sender *actor.PID, msg *protos.Claim) {
	reply := &protos.Claimed{}
	switch {
	case s.reason != "":
		reply.Refusal = refusing(engineio.UnknownSession)
	case s.transport != nil || s.polling.claim != nil:
		reply.Refusal = refusing(engineio.BadRequest)
	default:
		c := &claim{token: msg.GetToken()}
		c.unwatch = s.sockets.links.watch(msg.GetAddress(), func() { s.tell(claimLost{c.token}) })
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
		s.flush() // releases a poll that waits
	}
}

func (s *Socket) abandoned(token string) {
	if c := s.polling.claim; c != nil && c.token == token {
		c.unwatch()
		s.polling.claim = nil
	}
}

// upgrade makes a websocket the transport. What waits goes out by it.
func (s *Socket) upgrade(sender *actor.PID, token string, transport func() Transport) {
	reply := &protos.Claimed{}
	switch c := s.polling.claim; {
	case s.reason != "":
		reply.Refusal = refusing(engineio.UnknownSession)
	case c == nil || c.token != token || !c.probed:
		reply.Refusal = refusing(engineio.BadRequest)
	default:
		s.release(noopPacket)
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
