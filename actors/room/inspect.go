package room

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/protos"
)

// LookAt asks a grain for its state. Node → Room grain, of the same node. To be
// looked at does not keep an idle grain from ending.
type LookAt struct{ Asker *actor.PID }

var _ actor.NotInfluenceReceiveTimeout = LookAt{}

// NotInfluenceReceiveTimeout marks the message for protoactor.
func (LookAt) NotInfluenceReceiveTimeout() {}

// state is the grain as operators are shown it.
func (g *grain) state(node string) *protos.GrainState {
	return &protos.GrainState{
		Node: node, Active: true, Epoch: g.epoch, Seq: g.seq, Since: g.since.UnixMilli(), Routes: g.routes.state(),
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
		Node: r.home.Name, Incarnation: r.home.Incarnation, Running: true, Awake: r.awake, Enrolled: r.enrolled,
		Epoch: at.epoch, Seq: at.seq, Version: r.seats.version,
		Sockets: int64(len(r.seats.list)), Users: int64(len(users)), Settled: r.pending.idle(),
	}
}
