package actors

import (
	"time"

	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/problem"
)

// Alive asks the node actor, by which every join and roll here goes, for a sign of
// life, and whether this node is a member of the cluster. The error is
// [problem.Unavailable] without either; it comes within the patience.
func (n *Node) Alive(patience time.Duration) error {
	answer, err := n.system.Root.RequestFuture(n.pid, &protos.Hello{Incarnation: n.system.ID}, patience).Result()
	welcome, ok := answer.(*protos.Welcome)
	switch {
	case err != nil || !ok:
		return problem.Wrap(err, problem.Unavailable, "its node actor does not answer")
	case !welcome.GetKnown():
		return problem.New(problem.Unavailable, "it is no member of the cluster")
	}
	return nil
}

// Redis returns why changes of users do not come by Redis, nil if they do, or if this node
// was given none.
func (n *Node) Redis() error {
	if n.config.Bus == nil {
		return nil
	}
	return n.subscription.State().Fault()
}
