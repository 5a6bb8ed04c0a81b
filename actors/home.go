package actors

import (
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
)

// host is what a roster does to others, or asks of them. A [Node] is one; tests of the
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
	metrics     *metrics.Metrics
	log         *slog.Logger

	rollDeadline   time.Duration // for these see [Config]
	queueing       time.Duration
	joinPatience   time.Duration
	speechPatience time.Duration
	holdBack       time.Duration
}

// home returns this node, for its rosters. door is the node actor.
func (n *Node) home(door *actor.PID) *home {
	return &home{
		host: n, name: n.name, incarnation: n.system.ID, door: door, identity: n.identity,
		draw: n.drawVersion, underway: &n.underway, breakers: &n.breakers, metrics: n.metrics, log: n.log,
		rollDeadline: n.config.RollDeadline, queueing: n.config.queueing, joinPatience: n.config.joinPatience,
		speechPatience: n.config.speechPatience, holdBack: n.config.holdBack,
	}
}

func (n *Node) send(to *actor.PID, msg any) { n.system.Root.Send(to, msg) }

func (n *Node) number(room string, changes *protos.Publication, span *trace.Span, failed func()) {
	n.callRoom(room, span, func(grain *protos.RoomGrainClient, options ...grainOption) error {
		_, err := grain.Publish(changes, options...)
		if err != nil {
			failed()
		}
		return err
	})
}

func (n *Node) enrol(room string, roster *protos.Registration, done func(error)) {
	n.callRoom(room, nil, func(grain *protos.RoomGrainClient, options ...grainOption) error {
		_, err := grain.Register(roster, options...)
		done(err)
		return err
	})
}
