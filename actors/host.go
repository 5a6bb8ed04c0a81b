package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
)

// rosterHost is the node as its rosters use it.
type rosterHost struct{ *Node }

var _ host = rosterHost{}

func (n rosterHost) send(to *actor.PID, msg any) { n.system.Root.Send(to, msg) }

func (n rosterHost) number(room string, changes *protos.Publication, span *trace.Span, failed func()) {
	n.callRoom(room, span, func(grain *protos.RoomGrainClient, options ...grainOption) error {
		_, err := grain.Publish(changes, options...)
		if err != nil {
			failed()
		}
		return err
	})
}

func (n rosterHost) enrol(room string, roster *protos.Registration, done func(error)) {
	n.callRoom(room, nil, func(grain *protos.RoomGrainClient, options ...grainOption) error {
		_, err := grain.Register(roster, options...)
		done(err)
		return err
	})
}

// newHome returns what the rosters of the node share.
func (n *Node) newHome() *home {
	return &home{
		host: rosterHost{n}, name: n.name, incarnation: n.system.ID,
		door: n.system.NewLocalPID(membership.Door), identity: n.identity,
		draw: n.drawVersion, underway: &budget{limit: mostUnderway}, breakers: new(breakers),
		directory: n.directory, tracer: n.tracer, metrics: n.metrics, log: n.log,
		rollDeadline: n.config.RollDeadline, queueing: n.config.queueing, joinPatience: n.config.joinPatience,
		speechPatience: n.config.speechPatience, holdBack: n.config.holdBack,
	}
}
