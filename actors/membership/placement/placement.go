package placement

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"

	"github.com/rollcall/rollcall/actors/directory"
)

// ActorName is the fixed name of the placement actor on every node.
const ActorName = "placement"

// placement is the one actor of a node that starts grains, so that however
// many callers ask for one grain, there is one activation of it here.
type placement struct {
	nodes   func() *Nodes
	kinds   map[string]*actor.Props
	running map[string]grain      // by kind and name
	keys    map[string]string     // from actor ids to the keys of running
	ending  map[string]*actor.PID // released, but not ended yet; by actor id
	started uint64                // makes actor ids unique
	here    *directory.Directory
}

type grain struct {
	ci    *cluster.ClusterIdentity
	pid   *actor.PID
	leave func() // the directory
}

// nodesChanged has the placement actor look at who owns its grains now.
type nodesChanged struct{}

func startPlacement(c *cluster.Cluster, nodes func() *Nodes, here *directory.Directory) *actor.PID {
	kinds := make(map[string]*actor.Props, len(c.Config.Kinds))
	for name, kind := range c.Config.Kinds {
		kinds[name] = kind.Props
	}
	pid, err := c.ActorSystem.Root.SpawnNamed(actor.PropsFromProducer(func() actor.Actor {
		return &placement{
			nodes: nodes, kinds: kinds, here: here,
			running: map[string]grain{}, keys: map[string]string{}, ending: map[string]*actor.PID{},
		}
	}), ActorName)
	if err != nil {
		panic(fmt.Errorf("membership: %w", err)) // the name is taken only by starting twice
	}
	return pid
}

func (p *placement) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *cluster.ActivationRequest:
		pid := p.activate(ctx, m)
		ctx.Respond(&cluster.ActivationResponse{Pid: pid, Failed: pid == nil})
	case nodesChanged:
		p.release(ctx)
	case *actor.Terminated:
		delete(p.ending, m.Who.Id)
		p.forget(m.Who)
	case *actor.Stopping:
		p.stop(ctx)
	}
}

// stop ends all grains and waits for them, and for those that were released before.
func (p *placement) stop(ctx actor.Context) {
	var stopping []*actor.Future
	for _, pid := range p.ending {
		stopping = append(stopping, ctx.PoisonFuture(pid))
	}
	for _, g := range p.running {
		stopping = append(stopping, ctx.StopFuture(g.pid))
		g.leave()
	}
	for _, one := range stopping {
		_ = one.Wait() // it ends by its own timeout
	}
	p.running, p.keys, p.ending = nil, nil, nil
}

// activate returns the actor of a grain, started if need be, or nil if it
// is not for this node to run. Grains are no children of this actor: protoactor would
// keep them reachable after their end, as many as there ever were at a time.
func (p *placement) activate(ctx actor.Context, m *cluster.ActivationRequest) *actor.PID {
	ci, err := fromWire(m.GetClusterIdentity())
	if err != nil {
		return nil
	}
	props, known := p.kinds[ci.Kind]
	if !known || !p.owns(ci) {
		return nil
	}
	if g, ok := p.running[ci.AsKey()]; ok {
		if _, alive := ctx.ActorSystem().ProcessRegistry.GetLocal(g.pid.Id); alive {
			return g.pid
		}
		p.forget(g.pid) // it has stopped, the news of it is still on its way
	}
	p.started++
	name := ci.Kind + "/" + escape(ci.Identity) + "$" + strconv.FormatUint(p.started, 36)
	kind := directory.Kind(strings.ToLower(ci.Kind))
	pid, leave, err := p.here.Enter(kind, ci.Identity, lateMailbox, func(mailbox actor.PropsOption) (*actor.PID, error) {
		return ctx.ActorSystem().Root.SpawnNamed(cluster.WithClusterIdentity(props.Clone(mailbox), ci), name)
	})
	if err != nil {
		ctx.Logger().Error("grain not started", "kind", ci.Kind, "identity", ci.Identity, "err", err)
		return nil
	}
	ctx.Watch(pid)
	p.running[ci.AsKey()] = grain{ci: ci, pid: pid, leave: leave}
	p.keys[pid.Id] = ci.AsKey()
	return pid
}

// release lets go of what is placed elsewhere now. Each grain still
// answers what it had accepted; what comes later is sent to the new owner.
func (p *placement) release(ctx actor.Context) {
	for _, g := range p.running {
		if !p.owns(g.ci) {
			p.forget(g.pid)
			p.ending[g.pid.Id] = g.pid
			ctx.Poison(g.pid)
		}
	}
}

func (p *placement) owns(ci *cluster.ClusterIdentity) bool {
	nodes := p.nodes()
	owner, ok := nodes.Owner(ci.Kind, ci.Identity)
	return ok && owner.Name == nodes.self
}

func (p *placement) forget(pid *actor.PID) {
	if key, ok := p.keys[pid.Id]; ok {
		p.running[key].leave()
		delete(p.keys, pid.Id)
		delete(p.running, key)
	}
}
