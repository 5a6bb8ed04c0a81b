package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos"
)

// Asker returns what asks all nodes for operators.
func (n *Node) Asker() *operate.Asker { return n.asker }

// Exposition returns what this node shows to Prometheus.
func (n *Node) Exposition() metrics.Exposition { return n.respondent.Exposition() }

// newRespondent returns what answers operators for this node.
func (n *Node) newRespondent() *operate.Respondent {
	return operate.NewRespondent(operate.Source{
		Version: n.config.Version, Draining: n.config.Draining,
		Membership: n.membership, Sockets: n.sockets, Directory: n.directory, Metrics: n.metrics, Tracer: n.tracer,
		Redis: n.config.Bus != nil, Changes: n.subscription.State,
		Memory: n.memory, Partials: n.config.Partials,
	})
}

// respondLater answers without having the node's other messages wait for it.
func (a *nodeActor) respondLater(ctx actor.Context, answer func() any) {
	root, asker := ctx.ActorSystem().Root, ctx.Sender()
	a.node.running.Go(func() { root.Send(asker, answer()) })
}

// askGrain passes the question on to the grain if it is active here.
func (a *nodeActor) askGrain(ctx actor.Context, msg *protos.AskGrain) {
	if grain, ok := a.node.directory.Find(directory.RoomKind, msg.GetRoom()); ok {
		ctx.Send(grain.PID, room.LookAt{Asker: ctx.Sender()})
		return
	}
	ctx.Respond(&protos.GrainState{Node: a.node.name})
}
