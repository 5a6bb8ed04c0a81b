package membership

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/eventstream"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/protos/problem"
)

// again is the pause before an owner that refused is asked again: its view and
// ours differ, which gossip mends in about that time.
const again = 20 * time.Millisecond

// lookup finds the actor of an identity: its owner is known from the view, and
// asked for its activation unless the answer is remembered. It is protoactor's
// IdentityLookup; protoactor's own cache of PIDs, which only grows, stays empty
// because calls go through [caller].
type lookup struct {
	views func() *View
	wait  time.Duration // the longest wait for an activation
	known *activations
	here  *directory.Directory // of the activations on this node

	system    *actor.ActorSystem
	placement *actor.PID
	events    *eventstream.Subscription
}

var _ cluster.IdentityLookup = (*lookup)(nil)

func newLookup(views func() *View, wait time.Duration, here *directory.Directory) *lookup {
	return &lookup{views: views, wait: wait, known: newActivations(), here: here}
}

// Setup starts the placement actor of this node.
func (l *lookup) Setup(c *cluster.Cluster, _ []string, _ bool) {
	l.system = c.ActorSystem
	l.placement = startPlacement(c, l.views, l.here)
	l.events = l.system.EventStream.Subscribe(func(event any) {
		switch e := event.(type) {
		case ViewChanged:
			l.known.keep(e.New)
			l.system.Root.Send(l.placement, e)
		case *cluster.ActivationTerminating: // of this node
			l.known.remove(e.ClusterIdentity, e.Pid)
		}
	})
}

// Shutdown stops the activations of this node and waits for them.
func (l *lookup) Shutdown() {
	if l.placement == nil {
		return
	}
	l.system.EventStream.Unsubscribe(l.events)
	_ = l.system.Root.StopFuture(l.placement).Wait() // it ends by its own timeout
	l.placement = nil
}

// Get returns the actor of an identity, or nil if there is none within the
// wait of an activation.
func (l *lookup) Get(ci *cluster.ClusterIdentity) *actor.PID {
	pid, _, err := l.find(ci, time.Now().Add(l.wait))
	if err != nil {
		return nil
	}
	return pid
}

// RemovePid forgets an activation that was found to be gone.
func (l *lookup) RemovePid(ci *cluster.ClusterIdentity, pid *actor.PID) { l.known.remove(ci, pid) }

// find returns the actor of an identity and the member that runs it.
func (l *lookup) find(ci *cluster.ClusterIdentity, until time.Time) (*actor.PID, Member, error) {
	if err := checkIdentity(ci.Identity); err != nil {
		return nil, Member{}, err
	}
	for {
		v := l.views()
		owner, ok := v.OwnerOf(ci.Kind, ci.Identity)
		if !ok {
			return nil, Member{}, problem.New(problem.Unavailable, "No node of the cluster takes actors of the kind %q", ci.Kind)
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
			return nil, Member{}, problem.Wrap(err, problem.Unavailable, "The node %q did not give access to %s %q in time; try again", owner.Name, ci.Kind, ci.Identity)
		}
		waitForChange(v, again)
	}
}

// ask requests the activation from its owner, as long as it is the owner.
func (l *lookup) ask(owner Member, ci *cluster.ClusterIdentity, until time.Time) (*actor.PID, error) {
	r := newReply(l.system)
	defer r.close()
	to := actor.NewPID(owner.Address, placementName)
	l.system.Root.RequestWithCustomSender(to, &cluster.ActivationRequest{ClusterIdentity: onWire(ci)}, r.pid)
	answer, err := r.wait(l.views, func(v *View) bool {
		now, ok := v.OwnerOf(ci.Kind, ci.Identity)
		return ok && now.ID() == owner.ID()
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

// waitForChange waits for a newer view than v, at most for d.
func waitForChange(v *View, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-v.Superseded():
	case <-timer.C:
	}
}
