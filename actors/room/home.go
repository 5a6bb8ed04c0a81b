package room

import (
	"log/slog"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
)

// Host is what a roster does to others, or asks of them. A node is one; tests of the
// rosters alone are others, which have neither a cluster nor actors.
type Host interface {
	// View returns who is live now.
	View() *membership.View

	// Send sends a message to an actor, here or on another node. It may be called by any
	// goroutine.
	Send(to *actor.PID, msg any)

	// Number has the grain of a room number changes. If it was not reached failed is
	// called, by any goroutine. The span may be nil.
	Number(room string, changes *protos.RosterChanges, span *trace.Span, failed func())

	// Enrol tells the grain of a room of a roster; done is called with how that went,
	// by any goroutine.
	Enrol(room string, roster *protos.Registration, done func(error))
}

// Home is the node that rosters are on, as far as they have to do with it. They share it,
// and change nothing but what may be used by any goroutine.
type Home struct {
	Host
	Name        string // of the node
	Incarnation string
	Door        *actor.PID    // the node actor
	Identity    *actor.PID    // the identity actor
	Draw        func() uint64 // the next version of this process
	Underway    *Budget       // of messages on their way to other nodes
	Breakers    *Breakers
	Directory   *directory.Directory
	Tracer      *trace.Tracer // nil if tracing is off
	Metrics     *metrics.Metrics
	Log         *slog.Logger

	// RollDeadline is by when a roll is answered, complete or not, and a message confirmed.
	RollDeadline time.Duration

	// Queueing is how long a query waits for a slow roll call that started before
	// it came, before it starts another one beside that.
	Queueing time.Duration

	JoinPatience   time.Duration // how long a join waits for the room grain
	SpeechPatience time.Duration // how long a message may wait to go out
	HoldBack       time.Duration // how long a change of a user waits for a relay that says the same

	Census Census // kept by the rosters

	running sync.WaitGroup // rosters
}

// Wait returns when all rosters have stopped.
func (h *Home) Wait() { h.running.Wait() }

// Taking says that a message was handed to its listeners here.
func (h *Home) Taking(msg *protos.RoomMessage) *protos.MessageTaken {
	return &protos.MessageTaken{Node: h.Name, Incarnation: h.Incarnation, Number: msg.GetNumber()}
}
