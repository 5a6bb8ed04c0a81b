package actors

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

// host is what a roster does to others, or asks of them. A node is one; tests of the
// rosters alone are others, which have neither a cluster nor actors.
type host interface {
	// View returns who is live now.
	View() *membership.View

	// send sends a message to an actor, here or on another node. It may be called by any
	// goroutine.
	send(to *actor.PID, msg any)

	// number has the grain of a room number changes. If it was not reached failed is
	// called, by any goroutine. The span may be nil.
	number(room string, changes *protos.Publication, span *trace.Span, failed func())

	// enrol tells the grain of a room of a roster; done is called with how that went,
	// by any goroutine.
	enrol(room string, roster *protos.Registration, done func(error))
}

// home is the node that rosters are on, as far as they have to do with it. They share it,
// and change nothing but what may be used by any goroutine.
type home struct {
	host
	name        string // of the node
	incarnation string
	door        *actor.PID    // the node actor
	identity    *actor.PID    // the identity actor
	draw        func() uint64 // the next version of this process
	underway    *budget       // of messages on their way to other nodes
	breakers    *breakers
	directory   *directory.Directory
	tracer      *trace.Tracer // nil if tracing is off
	metrics     *metrics.Metrics
	log         *slog.Logger

	// rollDeadline is by when a roll is answered, complete or not, and a message confirmed.
	rollDeadline time.Duration

	// queueing is how long a query waits for a slow roll call that started before
	// it came, before it starts another one beside that.
	queueing time.Duration

	joinPatience   time.Duration // how long a join waits for the room grain
	speechPatience time.Duration // how long a message may wait to go out
	holdBack       time.Duration // how long a change of a user waits for a relay that says the same

	running sync.WaitGroup // rosters
}

// wait returns when all rosters have stopped.
func (h *home) wait() { h.running.Wait() }

// taking says that a message was handed to its listeners here.
func (h *home) taking(msg *protos.RoomMessage) *protos.MessageTaken {
	return &protos.MessageTaken{Node: h.name, Incarnation: h.incarnation, Number: msg.GetNumber()}
}
