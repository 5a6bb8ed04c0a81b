package actors

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
)

// Transport carries the packets of one socket.
type Transport interface {
	// Write sends frames in order, in one system call if it can. It is called by
	// the socket's actor only; an error ends the socket.
	Write(frames []*Frame) error
	// Close ends the transport and tells the client why, as far as the transport
	// can. It may be called from any goroutine, and more than once.
	Close(reason session.Reason)
}

// Application is what sockets carry. There is one value for each socket; its
// methods are called by the socket's actor, one after the other, and may wait for
// what only this client waits for.
type Application interface {
	// Connect decides whether the client may join a namespace; the error's
	// message is for the client (see package problem).
	Connect(s *Socket, namespace string, auth json.RawMessage) error
	// Connected is called when the client has been told that it joined.
	Connected(s *Socket, namespace string)
	// Event takes an event from the client.
	Event(s *Socket, e session.Event)
	// Disconnected is called when the client has left a namespace, or is gone.
	Disconnected(s *Socket, namespace string, reason session.Reason)
	// Message takes what else the node's actors have to say to the socket.
	Message(s *Socket, msg any)
}

// Wire says how sockets behave on the wire.
type Wire struct {
	Heartbeat      session.Heartbeat
	ConnectTimeout time.Duration // how long a client may take to join a namespace
	MaxPayload     int           // bytes of one message from a client
	Outbound       int           // bytes that may wait for a client
}

// Opening is a connection that is to become a socket.
type Opening struct {
	Version     engineio.Version
	Transport   Transport
	Upgrades    []string // transports that the client may change to
	Application Application
	Wire        *Wire // shared by many
}

type (
	flush    struct{} // the outbox has something in it
	tick     struct{} // Socket → itself, by timer
	closeAll struct{} // Node.CloseSockets → Socket: the node is shutting down

	received struct { // Line → Socket: the contents of one frame
		data   []byte
		binary bool
	}
	lost struct{ reason session.Reason } // Line → Socket: the transport is gone
)

// Socket is the actor of one client connection. It owns the transport, and ends
// with it.
type Socket struct {
	node      *Node
	self      *actor.PID
	id        string // public: id_socket; protocol 4 draws one for each CONNECT
	named     bool   // a client was told the id
	sid       string // of the Engine.IO session; in protocol 4 a secret
	transport Transport
	app       Application
	wire      *Wire
	line      *Line
	upgrades  []string

	engine session.Engine
	client session.Client
	out    *Outbox
	spare  []*Frame
	timer  *time.Timer
	armed  time.Time // when the timer fires
	reason session.Reason
}

// Open starts the socket of a connection. The caller passes on what the client
// sends through the line that it returns.
func (n *Node) Open(o Opening) *Line {
	s := &Socket{
		node: n, transport: o.Transport, app: o.Application, wire: o.Wire, upgrades: o.Upgrades,
		sid: newID(), id: newID(), line: &Line{root: n.system.Root},
	}
	if o.Version == engineio.V3 {
		s.id = s.sid // protocol 3 has one id for both
	}
	now := time.Now()
	s.engine = session.NewEngine(o.Version, o.Wire.Heartbeat, socketLower{s}, now)
	s.client = session.NewClient(o.Version, o.Wire.MaxPayload, socketUpper{s}, now.Add(o.Wire.ConnectTimeout))
	id := s.id // the actor may change it; this runs elsewhere
	s.out = NewOutbox(o.Wire.Outbound, func() {
		n.log.Info("a client reads too slowly and is cut off", "id_socket", id)
		s.transport.Close(session.TransportError)
	})
	s.line.socket = n.system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor { return s }))
	n.sockets.add(s.line)
	return s.line
}

// ID returns the public id, id_socket.
func (s *Socket) ID() string { return s.id }

// Receive handles one message. If that panics, this socket is closed and nothing
// else happens.
func (s *Socket) Receive(ctx actor.Context) {
	defer func() {
		if reason := recover(); reason != nil {
			s.node.panicked("socket", reason, "id_socket", s.id)
			s.close(session.ServerError)
		}
	}()
	switch msg := ctx.Message().(type) {
	case *actor.Started:
		s.open(ctx)
	case *actor.Stopping:
		s.end()
	case *actor.Stopped:
		s.node.sockets.remove(s.line)
	case actor.SystemMessage, actor.AutoReceiveMessage:

	case received:
		s.line.took()
		if s.reason == "" {
			s.engine.Receive(msg.data, msg.binary, time.Now())
			s.arm()
		}
	case flush:
		s.flush()
	case tick:
		s.tick()
	case lost:
		s.close(msg.reason)
	case closeAll:
		s.close(session.ShuttingDown)
	default:
		s.app.Message(s, msg)
	}
}

func (s *Socket) open(ctx actor.Context) {
	s.self = ctx.Self()
	handshake := engineio.Handshake{
		SID: s.sid, Upgrades: s.upgrades,
		PingInterval: s.wire.Heartbeat.Interval, PingTimeout: s.wire.Heartbeat.Timeout,
		MaxPayload: s.wire.MaxPayload,
	}
	v := s.engine.Version()
	s.send(&Frame{Data: v.AppendText(nil, handshake.Packet(v))})
	s.client.Open()
	s.arm()
}

// tick looks at what is due, and arms the timer for what is due next.
func (s *Socket) tick() {
	now := time.Now()
	s.engine.Tick(now)
	s.client.Tick(now)
	s.armed = time.Time{}
	s.arm()
}

// arm sets the timer, unless it fires early enough already.
func (s *Socket) arm() {
	if s.reason != "" {
		return
	}
	due := s.engine.Due()
	if d := s.client.Due(); !d.IsZero() && d.Before(due) {
		due = d
	}
	switch {
	case !s.armed.IsZero() && !due.Before(s.armed):
	case s.timer == nil:
		root, self := s.node.system.Root, s.self
		s.timer = time.AfterFunc(time.Until(due), func() { root.Send(self, tick{}) })
		s.armed = due
	default:
		s.timer.Reset(time.Until(due))
		s.armed = due
	}
}

// flush writes everything that waits.
func (s *Socket) flush() {
	frames := s.out.take(s.spare)
	if len(frames) > 0 && s.reason == "" {
		if err := s.transport.Write(frames); err != nil {
			s.node.log.Debug("write failed", "id_socket", s.id, "err", err)
			s.close(session.TransportError)
		}
	}
	clear(frames)
	if s.spare = frames[:0]; cap(frames) > 64 {
		s.spare = nil // a burst must not be kept for the life of the socket
	}
}

// send puts frames of this socket alone into its outbox, one behind the other.
func (s *Socket) send(frames ...*Frame) {
	if s.out.append(frames...) {
		s.node.system.Root.Send(s.self, flush{})
	}
}

// close ends the socket; what its client was told so far is still written.
func (s *Socket) close(reason session.Reason) {
	if s.reason != "" {
		return
	}
	if reason != session.TransportClose && reason != session.TransportError {
		s.flush()
	}
	s.reason = reason
	s.out.shutDown()
	s.transport.Close(reason)
	s.node.system.Root.Stop(s.self)
}

// end takes the socket out of whatever it is in.
func (s *Socket) end() {
	if s.reason == "" {
		s.reason = session.ShuttingDown
		s.transport.Close(s.reason)
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	s.line.hangUp()
	s.client.Leave(s.reason)
	s.node.log.Debug("socket closed", "id_socket", s.id, "reason", string(s.reason))
}

// Acknowledge answers an event, if the client wants an answer.
func (s *Socket) Acknowledge(e session.Event, args ...json.RawMessage) {
	s.client.Acknowledge(e, session.Payload{Args: args})
}

// Log returns a logger for what concerns this socket.
func (s *Socket) Log() *slog.Logger { return s.node.log.With("id_socket", s.id) }

// newID returns a random id that nobody can guess, of IDLength bytes.
func newID() string {
	var id [15]byte
	rand.Read(id[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(id[:])
}
