package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
)

// rosterHost is the node as its rosters use it.
type rosterHost struct{ *Node }

var _ room.Host = rosterHost{}

func (n rosterHost) Send(to *actor.PID, msg any) { n.system.Root.Send(to, msg) }

func (n rosterHost) Number(room string, changes *protos.RosterChanges, span *trace.Span, failed func()) {
	n.callRoom(room, span, func(grain *protos.RoomGrainClient, options ...grainOption) error {
		_, err := grain.Number(changes, options...)
		if err != nil {
			failed()
		}
		return err
	})
}

func (n rosterHost) Enrol(room string, roster *protos.Registration, done func(error)) {
	n.callRoom(room, nil, func(grain *protos.RoomGrainClient, options ...grainOption) error {
		_, err := grain.Register(roster, options...)
		done(err)
		return err
	})
}

// newHome returns what the rosters of the node share.
func (n *Node) newHome() *room.Home {
	return &room.Home{
		Host: rosterHost{n}, Name: n.name, Incarnation: n.system.ID,
		Door: n.system.NewLocalPID(membership.Door), Identity: n.identity,
		Draw: n.drawVersion, Underway: &room.Budget{Limit: room.MostUnderway}, Breakers: new(room.Breakers),
		Directory: n.directory, Tracer: n.tracer, Metrics: n.metrics, Log: n.log,
		RollDeadline: n.config.RollDeadline, Queueing: n.config.queueing, JoinPatience: n.config.joinPatience,
		SpeechPatience: n.config.speechPatience, HoldBack: n.config.holdBack,
	}
}
