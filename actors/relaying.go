package actors

import (
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/relay"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/pubsub"
)

type (
	probed   pubsub.Beacon // Identity events → Node: another node's probe has come by Redis
	welcomed struct {      // Introduce → Node: a member knows this node from that relay of its own on
		incarnation string
		last        uint64
	}
	introduced struct{ view *membership.View } // Introduce → Node: clients are let in from now on
	relayTick  struct{}                        // Node → itself, each relay.Tick
)

// relaying is the node actor's part in relays: it sees to it that the rosters here get
// each relay of the other nodes once, whatever way brings it, and that this node's own
// come to all others. See package relay.
type relaying struct {
	origins relay.Origins
	hearing relay.Hearing
	timer   *time.Timer
}

func (r *relaying) start(root *actor.RootContext, self *actor.PID) {
	r.timer = time.AfterFunc(relay.Tick, func() { root.Send(self, relayTick{}) })
}

func (r *relaying) stop() {
	if r.timer != nil {
		r.timer.Stop()
	}
}

// introduced notes that clients are let in from now on.
func (r *relaying) introduced(view *membership.View) {
	before := make(map[string]bool)
	for _, m := range view.Others() {
		before[m.System] = true
	}
	r.origins.Introduced(before)
}

// relayed takes in a relay: of a client here, or from another node.
func (a *nodeActor) relayed(ctx actor.Context, msg *protos.Relay) {
	if msg.GetIncarnation() != a.node.system.ID && !a.relaying.origins.Take(msg.GetIncarnation(), msg.GetNumber()) {
		return // it was here
	}
	a.node.tracer.Handling(ctx).Discard() // a trace shows it where it is told
	a.tellRooms(ctx, msg)
}

// tellRooms passes a relay on to the rosters here.
func (a *nodeActor) tellRooms(ctx actor.Context, msg *protos.Relay) {
	var news any = room.NewRelayed(msg)
	if header := ctx.MessageHeader(); header != nil { // of a trace
		news = &actor.MessageEnvelope{Header: header.ToMap(), Message: news}
	}
	for _, room := range msg.GetRooms() {
		if ref := a.rosters[room]; ref != nil {
			ctx.Send(ref.pid, news)
		}
	}
}

// askRelays answers what this node still has of its relays.
func (a *nodeActor) askRelays(ctx actor.Context, msg *protos.AskRelays) {
	if msg.GetIncarnation() == a.node.system.ID {
		ctx.Respond(a.node.relays.answer(msg))
	}
}

// relays takes in what was asked for, and asks for the rest.
func (a *nodeActor) relays(ctx actor.Context, msg *protos.Relays) {
	progress := false
	for _, r := range msg.GetRelays() {
		if !a.relaying.origins.Take(msg.GetIncarnation(), r.GetNumber()) {
			continue
		}
		progress = true
		a.tellRooms(ctx, r)
	}
	a.ask(ctx, msg.GetIncarnation(), a.relaying.origins.Answered(msg.GetIncarnation(), msg.GetOldest(), progress))
}

// ask asks an origin for relays that are lacking, if it is a member.
func (a *nodeActor) ask(ctx actor.Context, incarnation string, holes []*protos.Hole) {
	m, live := a.node.View().BySystem(incarnation)
	if live && len(holes) > 0 {
		ctx.Request(m.FrontDoor(), &protos.AskRelays{Incarnation: incarnation, Holes: holes})
	}
}

// mark takes in how far another node's relays and changes go.
func (a *nodeActor) mark(msg *protos.RelayMark) {
	a.relaying.origins.Told(msg.GetIncarnation(), msg.GetLast())
	if msg.GetChange() > 0 {
		a.node.subscription.Told(msg.GetChange())
	}
}

// ownMark says how far this node's go.
func (a *nodeActor) ownMark() *protos.RelayMark {
	return &protos.RelayMark{
		Node: a.node.name, Incarnation: a.node.system.ID,
		Last: a.node.relays.last(), Change: a.node.config.Bus.Latest(),
	}
}

// relayTick sees to what is due. The next tick follows this one, so that none pile up
// when the actor or the whole process stands still.
func (a *nodeActor) relayTick(ctx actor.Context) {
	a.relaying.timer.Reset(relay.Tick)
	if a.node.relays.tick() {
		a.node.toOthers(a.ownMark(), nil)
	}
	for _, q := range a.relaying.origins.Tick() {
		a.ask(ctx, q.Incarnation, q.Holes)
	}
	a.listen(ctx)
}

// listen looks which members are not heard over Redis, and tells them. A node that was
// given no Redis keeps quiet: there may be none at all, and marks do for the rest.
func (a *nodeActor) listen(ctx actor.Context) {
	if a.node.config.Bus == nil {
		return
	}
	view := a.node.View()
	unheard := a.relaying.hearing.Tick(systemsOf(view.Others()), a.node.subscription.State().Up)
	a.node.metrics.Unheard.Store(int64(len(unheard.All)))
	for _, incarnation := range unheard.Tell {
		if m, live := view.BySystem(incarnation); live {
			ctx.Send(m.FrontDoor(), &protos.NotHeard{Incarnation: a.node.system.ID})
		}
	}
	var names []string
	for _, incarnation := range unheard.Warn {
		if m, live := view.BySystem(incarnation); live {
			names = append(names, m.Name)
		}
	}
	if len(names) > 0 {
		a.node.log.Warn("Redis does not bring what other nodes say, and they say it straight: see that they reach Redis, "+
			"and that all nodes use the same server (not a replica of it) and the same cluster name", "nodes", strings.Join(names, ", "))
	}
}

// probed takes in that another node is heard over Redis, and how far its relays go.
func (a *nodeActor) probed(msg probed) {
	if a.relaying.hearing.Heard(msg.Incarnation) {
		a.node.log.Info("Redis brings again what another node says", "nodes", msg.Node)
	}
	a.relaying.origins.Told(msg.Incarnation, msg.Relays)
}

// met takes in a new view: whoever (re)appears is told how far this node's relays go.
func (a *nodeActor) met(ctx actor.Context, view *membership.View, joined []membership.Member) {
	a.relaying.origins.Members(systemsOf(view.Others()))
	mark := a.ownMark()
	if mark.GetLast() == 0 && mark.GetChange() == 0 {
		return
	}
	for _, m := range joined {
		if m.Name != a.node.name {
			ctx.Send(m.FrontDoor(), mark)
		}
	}
}

func systemsOf(members []membership.Member) []string {
	systems := make([]string, len(members))
	for i, m := range members {
		systems[i] = m.System
	}
	return systems
}
