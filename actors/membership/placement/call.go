package placement

import (
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"

	"github.com/rollcall/rollcall/protos/problem"
)

// caller is how grains are called (protoactor's cluster.Context; the generated
// clients use it). It differs from protoactor's own in these:
//
//   - cluster.WithTimeout is the wait for one answer, cluster.WithRetryCount the
//     number of such waits (3 if not given); their product bounds the call.
//   - An actor that has just stopped, moved or lost its node costs no wait and
//     no attempt: the call goes to its successor at once.
//   - Where an actor was found is remembered by [Lookup], bounded and kept in
//     step with the nodes.
//
// So a call is made at least once: a node may die after doing its work and
// before answering.
type caller struct{ lookup *Lookup }

var _ cluster.Context = (*caller)(nil)

// Request calls a grain and returns its answer. The error is
// [problem.Unavailable] if nobody answered in time.
func (c *caller) Request(name, kind string, message any, opts ...cluster.GrainCallOption) (any, error) {
	var (
		ci    = cluster.NewClusterIdentity(name, kind)
		call  = options(c.lookup.system, opts)
		until = time.Now().Add(call.Timeout * time.Duration(max(call.RetryCount, 1)))
	)
	for {
		nodes := c.lookup.nodes()
		answer, err := c.attempt(ci, message, call, until)
		if err == nil || problem.CodeOf(err) == problem.Invalid {
			return answer, err
		}
		if time.Until(until) <= again {
			return nil, problem.Wrap(err, problem.Unavailable, "%s %q did not answer in time; try again", kind, name)
		}
		if !errors.Is(err, errSilent) { // which has waited already
			waitForChange(nodes, again)
		}
	}
}

// RequestFuture sends a message to a grain once; the future ends with its
// answer, or with an error after the timeout.
func (c *caller) RequestFuture(name, kind string, message any, opts ...cluster.GrainCallOption) (*actor.Future, error) {
	call := options(c.lookup.system, opts)
	pid, _, err := c.lookup.find(cluster.NewClusterIdentity(name, kind), time.Now().Add(min(call.Timeout, c.lookup.wait)))
	if err != nil {
		return nil, err
	}
	return call.Context.RequestFuture(pid, message, call.Timeout), nil
}

func (c *caller) attempt(ci *cluster.ClusterIdentity, message any, call *cluster.GrainCallConfig, until time.Time) (any, error) {
	end := firstOf(until, time.Now().Add(call.Timeout))
	pid, owner, err := c.lookup.find(ci, firstOf(end, time.Now().Add(c.lookup.wait)))
	if err != nil {
		return nil, err
	}
	r := newReply(c.lookup.system)
	defer r.close()
	call.Context.RequestWithCustomSender(pid, message, r.pid)
	answer, err := r.wait(c.lookup.nodes, func(n *Nodes) bool { return n.holds(owner) || owner.Name == n.self }, end)
	if err != nil {
		c.lookup.RemovePid(ci, pid)
	}
	return answer, err
}

// options applies the options of one call to the defaults, not to a shared copy
// as protoactor does.
func options(system *actor.ActorSystem, opts []cluster.GrainCallOption) *cluster.GrainCallConfig {
	call := cluster.NewGrainCallOptions(cluster.GetCluster(system))
	for _, o := range opts {
		o(call)
	}
	return call
}

func firstOf(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
