package socket

import (
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

type (
	flush    struct{}            // the outbox has something in it
	tick     struct{}            // Socket → itself, by timer
	later    struct{ do func() } // see After
	closeAll struct{}            // Sockets.CloseAll → Socket or carrier: the node is shutting down

	received struct { // Line → Socket or carrier: the contents of one frame
		line   *Line
		data   []byte
		binary bool
	}
	lost struct{ reason session.Reason } // Line → Socket or carrier: the transport is gone
)

// Socket is the actor of one client connection. It has one transport at a time,
// or is polled while it has none, and ends with it.
type Socket struct {
	sockets *Sockets
	self    *actor.PID
	out     *outbox.Box // beside these two: who pushes needs no more than them

	id        string // public: id_socket; protocol 4 draws one for each CONNECT
	named     bool   // a client was told the id
	sid       string // of the Engine.IO session; in protocol 4 a secret
	transport Transport
	reach     atomic.Pointer[Transport] // transport, for whoever is not the actor
	carriage  *carriage                 // the transport, if the websocket is at another node
	polling   polling
	posting   posting
	polled    bool // it began without a transport
	app       Application
	wire      *Wire
	line      *Line
	reader    *Line // of the transport that took over; nil before
	upgrades  []string
	onAdmit   func() // nil once it was called
	onEnd     func()
	site      string
	partial   *quota.Partial // of a packet that is not whole; nil before the first

	engine  session.Engine
	client  *session.Client // nil for bare Engine.IO
	talk    Conversation
	intake  intake
	account quota.Account
	spare   []*outbox.Frame
	busy    time.Time // until when the client was, or is, busy with what it was sent
	timer   *time.Timer
	armed   time.Time // when the timer fires
	reason  session.Reason

	counted *atomic.Int64 // the gauge of open sockets that this one is counted in
}

func newSocket(sockets *Sockets, o Opening) *Socket {
	s := &Socket{
		sockets: sockets, app: o.Application, wire: o.Wire, upgrades: o.Upgrades, onAdmit: o.Admitted, onEnd: o.Ended, site: o.Site,
		sid: sockets.newSID(o.Version), id: newID(), line: &Line{root: sockets.system.Root},
		polled: o.Transport == nil,
	}
	if o.Version == engineio.V3 {
		s.id = s.sid // protocol 3 has one id for both
	}
	now := time.Now()
	s.account.Begin(now, &o.Wire.Limits)
	s.engine = session.NewEngine(o.Version, o.Wire.Heartbeat, socketLower{s}, now)
	if o.Transport != nil {
		s.setTransport(o.Transport)
	} else {
		s.count()
	}
	if o.Raw != nil {
		s.talk = o.Raw(s)
		s.admitted()
	} else {
		client := session.NewClient(o.Version, o.Wire.MaxPayload, socketUpper{s}, now.Add(o.Wire.ConnectTimeout))
		client.Limit(o.Wire.LongestEvent)
		s.client, s.talk = &client, &client
	}
	id := s.id // the actor may change it; this runs elsewhere
	s.out = outbox.New(o.Wire.Outbound, sockets.memory, droppedEvent, func() {
		sockets.log.Info("a client reads too slowly and is cut off", "id_socket", id)
		if t := s.reach.Load(); t != nil {
			(*t).Close(session.TransportError) // the actor may be waiting for it
		}
		s.Tell(lost{session.TransportError})
	})
	s.line.show(s, now)
	return s
}

func (s *Socket) setTransport(t Transport) {
	s.transport = t
	s.reach.Store(&t)
	s.count()
}

// count has the socket counted as what it is now.
func (s *Socket) count() {
	s.uncount()
	s.counted = s.sockets.metrics.Sockets.Of(int(s.engine.Version()), s.transport != nil)
	s.counted.Add(1)
}

func (s *Socket) uncount() {
	if s.counted != nil {
		s.counted.Add(-1)
		s.counted = nil
	}
}

// ID returns the public id, id_socket. Like Version and Wire it is for the socket's
// actor.
func (s *Socket) ID() string { return s.id }

// Version returns that of the protocol which the client speaks.
func (s *Socket) Version() engineio.Version { return s.engine.Version() }

// Wire returns how the socket behaves on the wire.
func (s *Socket) Wire() *Wire { return s.wire }

// Receive handles one message. If that panics, this socket is closed and nothing
// else happens.
func (s *Socket) Receive(ctx actor.Context) {
	if _, writes := ctx.Message().(flush); !writes {
		defer s.sockets.metrics.HeldSocket.Since(time.Now())
	}
	defer func() {
		if reason := recover(); reason != nil {
			s.sockets.metrics.Failures.Panicked(s.sockets.log, directory.SocketKind, s.id, reason, "id_socket", s.id)
			s.posting.taking = false
			s.Close(session.ServerError)
		}
	}()
	switch msg := ctx.Message().(type) {
	case *actor.Started:
		s.open(ctx)
	case *actor.Stopping:
		s.end()
		s.out.Discard()
	case actor.SystemMessage, actor.AutoReceiveMessage:

	case received:
		s.arrived(arrival{data: msg.data, binary: msg.binary, line: msg.line})
	case resume:
		s.goOn()
	case awaited:
		s.awaited(msg)
	case flush:
		s.flush()
	case tick:
		s.tick()
	case lost:
		s.lose(msg.reason)
	case closeAll:
		s.Close(session.ShuttingDown)
	case later:
		if s.reason == "" {
			msg.do()
			s.arm()
		}
	case *protos.Poll:
		s.takePoll(ctx.Sender())
	case *protos.PollRelease:
		s.releasePoll(ctx.Sender())
	case *protos.PollCut:
		s.pollCut(ctx.Sender())
	case pollLost:
		s.pollCut(msg.poll)
	case *protos.PostBegun:
		s.postBegun(ctx.Sender())
	case *protos.Post:
		s.posted(ctx.Sender(), msg.GetPayload())
	case *protos.PostEnded:
		s.postEnded(ctx.Sender(), msg.GetLost())
	case postLost:
		s.postEnded(msg.post, true)
	case *protos.Claim:
		s.claimed(ctx.Sender(), msg)
	case *protos.Probed:
		s.probed(msg.GetToken())
	case *protos.Abandon:
		s.abandoned(msg.GetToken())
	case claimLost:
		s.abandoned(msg.token)
	case *takeOver:
		s.takenOver(ctx.Sender(), msg)
	case *protos.Upgrade:
		s.upgradedElsewhere(ctx.Sender(), msg)
	case *protos.Heard, *protos.Written, *protos.HungUp, *actor.DeadLetterResponse:
		s.carried(ctx, msg)
	default:
		if s.app != nil {
			s.app.Message(s, msg)
			s.arm() // it may have asked its client something
		}
	}
}

// Tell sends the socket's actor a message, from any goroutine. One that is not of this
// package goes to the application.
func (s *Socket) Tell(msg any) { s.sockets.system.Root.Send(s.self, msg) }

func (s *Socket) open(ctx actor.Context) {
	s.self = ctx.Self()
	handshake := engineio.Handshake{
		SID: s.sid, Upgrades: s.upgrades,
		PingInterval: s.wire.Heartbeat.Interval, PingTimeout: s.wire.Heartbeat.Timeout,
		MaxPayload: s.wire.MaxPayload,
	}
	v := s.engine.Version()
	s.send(&outbox.Frame{Data: v.AppendText(nil, handshake.Packet(v))})
	s.talk.Open()
	s.arm()
}

// send puts frames of this socket alone into its outbox, one behind the other.
func (s *Socket) send(frames ...*outbox.Frame) {
	if _, wake := s.out.Push(frames...); wake {
		s.Tell(flush{})
	}
}

// Send sends the client a bare Engine.IO packet.
func (s *Socket) Send(p engineio.Packet) {
	v := s.engine.Version()
	if p.Binary {
		s.send(&outbox.Frame{Data: v.AppendBinary(nil, p), Binary: true})
		return
	}
	s.send(&outbox.Frame{Data: v.AppendText(nil, p)})
}
