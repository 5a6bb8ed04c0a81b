package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos"
)

const (
	// carrySize is how many bytes of frames go into one message to a carrier,
	// unless a frame alone has more.
	carrySize = 128 << 10

	// carryWindow is how many bytes may be under way to a carrier. What is beyond
	// waits in the socket's outbox, whose limit is the back-pressure.
	carryWindow = 256 << 10
)

// carriage is the transport of a socket whose client has its websocket at another
// node: a carrier there writes, and reads.
type carriage struct {
	root     *actor.RootContext
	self     *actor.PID // the socket's
	carrier  *actor.PID
	underway int // bytes that are not known to be written
	unwatch  func()
}

var _ Transport = (*carriage)(nil)

func newCarriage(s *Socket, carrier *actor.PID) *carriage {
	return &carriage{
		root: s.sockets.system.Root, self: s.self, carrier: carrier,
		unwatch: s.sockets.links.watch(carrier.GetAddress(), func() { s.tell(lost{session.TransportError}) }),
	}
}

// ready reports whether more may be written.
func (c *carriage) ready() bool { return c.underway < carryWindow }

// Write sends frames to the carrier.
func (c *carriage) Write(frames []*Frame) error {
	msg, size := &protos.Carry{}, 0
	for _, f := range frames {
		if size > 0 && size+len(f.Data) > carrySize {
			c.say(msg)
			msg, size = &protos.Carry{}, 0
		}
		msg.Frames = append(msg.Frames, &protos.CarriedFrame{Data: f.Data, Binary: f.Binary})
		size += len(f.Data)
		c.underway += len(f.Data)
	}
	c.say(msg)
	return nil
}

// Close has the carrier close the websocket.
func (c *carriage) Close(reason session.Reason) {
	c.unwatch()
	c.say(&protos.Carry{End: string(reason)})
}

func (c *carriage) say(msg any) { c.root.RequestWithCustomSender(c.carrier, msg, c.self) }

// carrier is the actor of a websocket at this node whose socket is at another. It
// owns the transport and ends with it.
type carrier struct {
	sockets   *Sockets
	socket    *actor.PID
	transport Transport
	line      *Line
	untaken   []int // bytes of each frame that the socket has not taken in
	unwatch   func()
	over      bool
}

// carry starts a carrier and returns its line.
func (s *Sockets) carry(socket *actor.PID, transport Transport) *Line {
	c := &carrier{sockets: s, socket: socket, transport: transport, line: &Line{root: s.system.Root}}
	c.line.socket = s.system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor { return c }))
	s.carried.add(c.line)
	return c.line
}

// Receive handles one message.
func (c *carrier) Receive(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case *actor.Started:
		root, self := c.sockets.system.Root, ctx.Self()
		c.unwatch = c.sockets.links.watch(c.socket.GetAddress(), func() { root.Send(self, lost{session.TransportError}) })
	case *actor.Stopping:
		c.end(ctx, session.TransportError)
	case *actor.Stopped:
		c.sockets.carried.remove(c.line)
	case *actor.DeadLetterResponse: // the socket is no more
		c.end(ctx, session.TransportClose)
	case actor.SystemMessage, actor.AutoReceiveMessage:

	case received:
		c.untaken = append(c.untaken, len(msg.data))
		ctx.Request(c.socket, &protos.Heard{Data: msg.data, Binary: msg.binary})
	case *protos.Taken:
		if len(c.untaken) > 0 { // they are taken in order
			c.line.took(c.untaken[0])
			c.untaken = c.untaken[1:]
		}
	case *protos.Carry:
		c.write(ctx, msg)
	case lost:
		c.hangUp(ctx, msg.reason)
	case closeAll:
		c.hangUp(ctx, session.ShuttingDown)
	}
}

func (c *carrier) write(ctx actor.Context, msg *protos.Carry) {
	if c.over {
		return
	}
	frames, size := make([]*Frame, len(msg.GetFrames())), 0
	for i, f := range msg.GetFrames() {
		frames[i] = &Frame{Data: f.GetData(), Binary: f.GetBinary()}
		size += len(f.GetData())
	}
	if len(frames) > 0 {
		if err := c.transport.Write(frames); err != nil {
			c.hangUp(ctx, session.TransportError)
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
	c.transport.Close(reason)
	c.line.hangUp()
	ctx.Stop(ctx.Self())
}
