package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/protos"
)

// lookAt asks a grain for its state. Node → Room grain, of the same node. To be
// looked at does not keep an idle grain from ending.
type lookAt struct{ asker *actor.PID }

var _ actor.NotInfluenceReceiveTimeout = lookAt{}

// NotInfluenceReceiveTimeout marks the message for protoactor.
func (lookAt) NotInfluenceReceiveTimeout() {}

// askGrain passes the question on to the grain if it is active here.
func (a *nodeActor) askGrain(ctx actor.Context, msg *protos.AskGrain) {
	if grain, ok := a.node.directory.Find(directory.RoomKind, msg.GetRoom()); ok {
		ctx.Send(grain.PID, lookAt{asker: ctx.Sender()})
		return
	}
	ctx.Respond(&protos.GrainState{Node: a.node.name})
}

// state is the grain as operators are shown it.
func (r *room) state(node string) *protos.GrainState {
	return &protos.GrainState{
		Node: node, Active: true, Epoch: r.epoch, Seq: r.seq, Since: r.since.UnixMilli(), Routes: r.routes.state(),
	}
}

// state is the roster as operators are shown it, without its mailbox.
func (r *roster) state() *protos.RosterState {
	users := make(map[string]struct{})
	for _, st := range r.seats.list {
		users[st.User] = struct{}{}
	}
	at := r.numbering.now()
	return &protos.RosterState{
		Node: r.home.name, Incarnation: r.home.incarnation, Running: true, Awake: r.awake, Enrolled: r.enrolled,
		Epoch: at.epoch, Seq: at.seq, Version: r.seats.version,
		Sockets: int64(len(r.seats.list)), Users: int64(len(users)), Settled: r.publication.idle(),
	}
}
