package placement

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/eventstream"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/protos/problem"
)

// again is the pause before an owner that refused is asked again: the nodes that it sees
// and ours differ, which gossip mends in about that time.
const again = 20 * time.Millisecond

// Lookup finds the actor of a grain: its owner is known from the nodes, and
// asked for its activation unless the answer is remembered. It is protoactor's
// IdentityLookup; protoactor's own cache of PIDs, which only grows, stays empty
// because calls go through [Lookup.Context].
type Lookup struct {
	nodes func() *Nodes
	wait  time.Duration // the longest wait for an activation
	known *activations
	here  *directory.Directory // of the activations on this node

	system    *actor.ActorSystem
	placement *actor.PID
	events    *eventstream.Subscription
}

var _ cluster.IdentityLookup = (*Lookup)(nil)

// New starts nothing yet; see [Lookup.Setup]. nodes returns those of the moment.
// wait is the longest wait for an activation. The grains of this node are listed in here.
func New(nodes func() *Nodes, wait time.Duration, here *directory.Directory) *Lookup {
	return &Lookup{nodes: nodes, wait: wait, known: newActivations(), here: here}
}

// Setup starts the placement actor of this node.
func (l *Lookup) Setup(c *cluster.Cluster, _ []string, _ bool) {
	l.system = c.ActorSystem
	l.placement = startPlacement(c, l.nodes, l.here)
	l.events = l.system.EventStream.Subscribe(func(event any) {
		if e, ok := event.(*cluster.ActivationTerminating); ok { // of this node
			l.known.remove(e.ClusterIdentity, e.Pid)
		}
	})
}

// Context returns how grains are called, for protoactor's Cluster.
func (l *Lookup) Context() cluster.Context { return &caller{l} }

// Changed is to be called after Setup, and by one goroutine, when there are other nodes:
// what moved is forgotten, and let go of by this node.
func (l *Lookup) Changed() {
	l.known.keep(l.nodes())
	l.system.Root.Send(l.placement, nodesChanged{})
}

// Shutdown stops the activations of this node and waits for them. It is called once.
func (l *Lookup) Shutdown() {
	if l.placement == nil {
		return
	}
	l.system.EventStream.Unsubscribe(l.events)
	_ = l.system.Root.StopFuture(l.placement).Wait() // it ends by its own timeout
}

// Get returns the actor of a grain, or nil if there is none within the
// wait of an activation.
func (l *Lookup) Get(ci *cluster.ClusterIdentity) *actor.PID {
	pid, _, err := l.find(ci, time.Now().Add(l.wait))
	if err != nil {
		return nil
	}
	return pid
}

// RemovePid forgets an activation that was found to be gone.
func (l *Lookup) RemovePid(ci *cluster.ClusterIdentity, pid *actor.PID) { l.known.remove(ci, pid) }

// find returns the actor of a grain and the node that runs it.
func (l *Lookup) find(ci *cluster.ClusterIdentity, until time.Time) (*actor.PID, Node, error) {
	if err := checkName(ci.Identity); err != nil {
		return nil, Node{}, err
	}
	for {
		nodes := l.nodes()
		owner, ok := nodes.Owner(ci.Kind, ci.Identity)
		if !ok {
			return nil, Node{}, problem.New(problem.Unavailable, "No node of the cluster takes actors of the kind %q", ci.Kind)
		}
		if pid, ok := l.known.get(ci, owner); ok {
			return pid, owner, nil
		}
		pid, err := l.ask(owner, ci, until)
		if err == nil {
			l.known.put(ci, owner, pid)
			return pid, owner, nil
		}
		if time.Until(until) <= again {
			return nil, Node{}, problem.Wrap(err, problem.Unavailable, "The node %q did not give access to %s %q in time; try again", owner.Name, ci.Kind, ci.Identity)
		}
		waitForChange(nodes, again)
	}
}

// ask requests the activation from its owner, as long as it is the owner.
func (l *Lookup) ask(owner Node, ci *cluster.ClusterIdentity, until time.Time) (*actor.PID, error) {
	r := newReply(l.system)
	defer r.close()
	to := actor.NewPID(owner.Address, ActorName)
	l.system.Root.RequestWithCustomSender(to, &cluster.ActivationRequest{ClusterIdentity: onWire(ci)}, r.pid)
	answer, err := r.wait(l.nodes, func(n *Nodes) bool {
		now, ok := n.Owner(ci.Kind, ci.Identity)
		return ok && now.ID == owner.ID
	}, until)
	if err != nil {
		return nil, err
	}
	activation, ok := answer.(*cluster.ActivationResponse)
	switch {
	case !ok:
		return nil, fmt.Errorf("placement of %q answered with a %T", owner.Name, answer)
	case activation.Failed || activation.Pid == nil:
		return nil, fmt.Errorf("%q refused it", owner.Name)
	}
	return activation.Pid, nil
}

// waitForChange waits for newer nodes than these, at most for d.
func waitForChange(nodes *Nodes, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-nodes.superseded:
	case <-timer.C:
	}
}
