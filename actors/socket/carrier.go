package socket

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/inflight"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos"
)

// carryWindow is how many bytes may be under way to a carrier. What is beyond waits in
// the socket's outbox, whose limit is the back-pressure.
const carryWindow = 256 << 10

// carriage is the transport of a socket whose client has its websocket at another
// node: a carrier there writes, and reads.
type carriage struct {
	root    *actor.RootContext
	self    *actor.PID // the socket's
	carrier *actor.PID
	sender  *inflight.Sender // what is not known to be written is under way
	unwatch func()
}

var _ Transport = (*carriage)(nil)

func newCarriage(s *Socket, carrier *actor.PID) *carriage {
	return &carriage{
		root: s.sockets.system.Root, self: s.self, carrier: carrier,
		sender:  s.sockets.links.sender(carrier.GetAddress(), func() { s.Tell(flush{}) }),
		unwatch: s.sockets.links.watch(carrier.GetAddress(), func() { s.Tell(lost{session.TransportError}) }),
	}
}

// ready reports whether more may be written.
func (c *carriage) ready() bool { return c.sender.Underway() < carryWindow }

// Write sends frames to the carrier.
func (c *carriage) Write(frames []*outbox.Frame) error {
	msg := &protos.Carry{Frames: make([]*protos.CarriedFrame, len(frames))}
	for i, f := range frames {
		msg.Frames[i] = &protos.CarriedFrame{Data: f.Data, Binary: f.Binary}
	}
	c.say(msg)
	c.sender.Sent(lengthOf(frames))
	return nil
}

// Close has the carrier close the websocket. It may be called from any goroutine.
func (c *carriage) Close(reason session.Reason) {
	c.unwatch()
	c.say(&protos.Carry{End: string(reason)})
}

func (c *carriage) say(msg any) { c.root.RequestWithCustomSender(c.carrier, msg, c.self) }

// carried takes in what the carrier of this socket's websocket says.
func (s *Socket) carried(ctx actor.Context, msg any) {
	if _, dead := msg.(*actor.DeadLetterResponse); dead {
		if s.carriage != nil {
			s.Close(session.TransportError)
		}
		return
	}
	if s.carriage == nil || !s.carriage.carrier.Equal(ctx.Sender()) {
		return
	}
	switch msg := msg.(type) {
	case *protos.Heard:
		s.arrived(arrival{data: msg.GetData(), binary: msg.GetBinary(), carriage: s.carriage})
	case *protos.Written:
		s.carriage.sender.Arrived(int(msg.GetBytes()))
		s.busyWith(int(msg.GetBytes()))
		s.flush()
	case *protos.HungUp:
		s.lose(session.Reason(msg.GetReason()))
	}
}

// socketLost tells a carrier that the link to the node with its socket was lost.
type socketLost struct{}

// carrier is the actor of a websocket at this node whose socket is at another. It
// owns the transport and ends with it.
type carrier struct {
	sockets   *Sockets
	socket    *actor.PID
	transport Transport
	line      *Line
	sender    *inflight.Sender
	waiting   []received     // frames that there is no room for on the link
	untaken   []int          // bytes of each frame that was sent, and the socket has not taken in
	gone      session.Reason // why the transport is; empty while it is not
	unwatch   func()
	over      bool
}

// carry starts a carrier and returns its line.
func (s *Sockets) carry(socket *actor.PID, transport Transport) *Line {
	c := &carrier{sockets: s, socket: socket, transport: transport, line: &Line{root: s.system.Root}}
	c.sender = s.links.sender(socket.GetAddress(), func() { s.system.Root.Send(c.line.socket, resume{}) })
	c.line.socket = s.system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor { return c }))
	s.carried.add(c.line)
	return c.line
}

// Receive handles one message.
func (c *carrier) Receive(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case *actor.Started:
		root, self := c.sockets.system.Root, ctx.Self()
		c.unwatch = c.sockets.links.watch(c.socket.GetAddress(), func() { root.Send(self, socketLost{}) })
	case *actor.Stopping:
		c.end(ctx, session.TransportError)
	case *actor.Stopped:
		c.sockets.carried.remove(c.line)
	case *actor.DeadLetterResponse: // the socket is no more
		c.end(ctx, session.TransportClose)
	case actor.SystemMessage, actor.AutoReceiveMessage:

	case received:
		if len(c.waiting) > 0 || !c.pass(ctx, msg) {
			c.waiting = append(c.waiting, msg)
		}
	case resume:
		c.passOn(ctx)
	case *protos.Taken:
		if len(c.untaken) > 0 { // they are taken in order
			c.line.took(c.untaken[0])
			c.sender.Arrived(c.untaken[0])
			c.untaken = c.untaken[1:]
			c.passOn(ctx)
		}
	case *protos.Carry:
		c.write(ctx, msg)
	case lost:
		c.leave(ctx, msg.reason)
	case socketLost:
		c.hangUp(ctx, session.TransportError)
	case closeAll:
		c.hangUp(ctx, session.ShuttingDown)
	}
}

// pass sends the socket a frame from the client, if there is room for it on the link. What
// waits for that is what the line lets through at most.
func (c *carrier) pass(ctx actor.Context, msg received) bool {
	if _, ok := c.sender.Take(len(msg.data)); !ok {
		return false
	}
	c.untaken = append(c.untaken, len(msg.data))
	ctx.Request(c.socket, &protos.Heard{Data: msg.data, Binary: msg.binary})
	c.sender.Sent(len(msg.data))
	return true
}

// passOn sends what waits, as far as there is room.
func (c *carrier) passOn(ctx actor.Context) {
	for len(c.waiting) > 0 {
		if !c.pass(ctx, c.waiting[0]) {
			return
		}
		c.waiting[0] = received{}
		c.waiting = c.waiting[1:]
	}
	if c.waiting = nil; c.gone != "" {
		c.hangUp(ctx, c.gone)
	}
}

// leave hangs up when the socket was sent all that the client has said.
func (c *carrier) leave(ctx actor.Context, reason session.Reason) {
	if c.gone == "" {
		c.gone = reason
	}
	c.passOn(ctx)
}

func (c *carrier) write(ctx actor.Context, msg *protos.Carry) {
	if c.over {
		return
	}
	frames, size := make([]*outbox.Frame, len(msg.GetFrames())), 0
	for i, f := range msg.GetFrames() {
		frames[i] = &outbox.Frame{Data: f.GetData(), Binary: f.GetBinary()}
		size += len(f.GetData())
	}
	if len(frames) > 0 {
		if err := c.transport.Write(frames); err != nil {
			c.leave(ctx, session.TransportError)
			return
		}
		ctx.Request(c.socket, &protos.Written{Bytes: int64(size)})
	}
	if msg.GetEnd() != "" {
		c.end(ctx, session.Reason(msg.GetEnd()))
	}
}

// hangUp tells the socket that the websocket is gone.
func (c *carrier) hangUp(ctx actor.Context, reason session.Reason) {
	if !c.over {
		ctx.Request(c.socket, &protos.HungUp{Reason: string(reason)})
		c.end(ctx, reason)
	}
}

func (c *carrier) end(ctx actor.Context, reason session.Reason) {
	if c.over {
		return
	}
	c.over = true
	c.unwatch()
	c.sender.End()
	c.transport.Close(reason)
	c.line.hangUp()
	ctx.Stop(ctx.Self())
}
