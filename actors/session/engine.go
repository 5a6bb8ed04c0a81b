package session

import (
	"time"

	"github.com/rollcall/rollcall/protos/engineio"
)

// Heartbeat is how a server and its client find out that the other is gone.
type Heartbeat struct {
	Interval time.Duration // between two pings
	Timeout  time.Duration // how long the answer may take
}

// Lower is what an Engine drives: the connection below, and the conversation above.
type Lower interface {
	// Send queues the contents of one frame.
	Send(data []byte, binary bool)
	// Message takes a message from the client.
	Message(p engineio.Packet)
	// Close ends the connection. It may be called more than once.
	Close(reason Reason)
}

// Engine is the Engine.IO session of one client over whatever transport.
//
// In protocol 4 the server pings and the client answers (§Heartbeat); in
// protocol 3 it is the other way round, and the server gives up after an
// interval and a timeout of silence.
type Engine struct {
	version   engineio.Version
	heartbeat Heartbeat
	lower     Lower

	due      time.Time // when the next ping is to be sent, or the client's silence becomes too long
	awaiting bool      // protocol 4: a ping is not answered yet
}

// NewEngine returns a session that began at now. The caller sends its open packet.
func NewEngine(version engineio.Version, heartbeat Heartbeat, lower Lower, now time.Time) Engine {
	e := Engine{version: version, heartbeat: heartbeat, lower: lower}
	e.rest(now)
	return e
}

// Version returns the protocol that the client speaks.
func (e *Engine) Version() engineio.Version { return e.version }

// Due returns when Tick must be called next.
func (e *Engine) Due() time.Time { return e.due }

// rest sets the time until which nothing needs to be done.
func (e *Engine) rest(now time.Time) {
	e.due = now.Add(e.heartbeat.Interval)
	if e.version == engineio.V3 {
		e.due = e.due.Add(e.heartbeat.Timeout)
	}
}

// Excuse says that the client could not be heard until then, whatever it sent: its
// silence counts from there.
func (e *Engine) Excuse(until time.Time) {
	patience := e.heartbeat.Timeout
	if e.version == engineio.V3 {
		patience += e.heartbeat.Interval
	} else if !e.awaiting {
		return
	}
	if due := until.Add(patience); due.After(e.due) {
		e.due = due
	}
}

// Tick keeps the heartbeat going.
func (e *Engine) Tick(now time.Time) {
	switch {
	case now.Before(e.due):
	case e.version == engineio.V3 || e.awaiting:
		e.lower.Close(PingTimeout)
	default:
		e.awaiting = true
		// From when the ping was due: timers are a little late, which is not to add up.
		// A server that stood still begins anew.
		if late := now.Sub(e.due); late > e.heartbeat.Timeout/4 {
			e.due = now
		}
		e.due = e.due.Add(e.heartbeat.Timeout)
		e.send(engineio.Packet{Type: engineio.Ping})
	}
}

// Receive takes the contents of one frame from the client.
func (e *Engine) Receive(frame []byte, binary bool, now time.Time) {
	decode := e.version.DecodeText
	if binary {
		decode = e.version.DecodeBinary
	}
	p, err := decode(frame)
	if err != nil {
		e.lower.Close(ParseError)
		return
	}
	e.Packet(p, now)
}

// Packet takes one packet from the client.
func (e *Engine) Packet(p engineio.Packet, now time.Time) {
	if e.version == engineio.V3 {
		e.rest(now) // any packet is a sign of life
	}
	switch p.Type {
	case engineio.Message:
		e.lower.Message(p)
	case engineio.Ping:
		e.pinged(p)
	case engineio.Pong:
		e.ponged(now)
	case engineio.Close:
		e.lower.Close(TransportClose)
	default:
		// Open, upgrade and noop mean nothing from a client on its only
		// transport; the official server ignores them too.
	}
}

func (e *Engine) pinged(p engineio.Packet) {
	if e.version != engineio.V3 {
		e.lower.Close(ParseError) // "invalid heartbeat direction"
		return
	}
	p.Type = engineio.Pong
	e.send(p)
}

func (e *Engine) ponged(now time.Time) {
	switch {
	case e.version == engineio.V3:
		e.lower.Close(ParseError)
	case e.awaiting:
		e.awaiting = false
		e.rest(now)
	}
}

func (e *Engine) send(p engineio.Packet) { e.lower.Send(e.version.AppendText(nil, p), false) }
