package placement

import (
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

var (
	errSilent  = errors.New("no answer in time")
	errMoved   = errors.New("the cluster changed meanwhile")
	errNoActor = errors.New("no such actor")
)

// reply is a process that takes one answer. Unlike protoactor's future it can
// be waited for together with other things.
type reply struct {
	system *actor.ActorSystem
	pid    *actor.PID
	answer chan any // of capacity 1
}

var _ actor.Process = (*reply)(nil)

// newReply registers a reply; close it after use.
func newReply(system *actor.ActorSystem) *reply {
	r := &reply{system: system, answer: make(chan any, 1)}
	r.pid, _ = system.ProcessRegistry.Add(r, "reply"+system.ProcessRegistry.NextId())
	return r
}

func (r *reply) close() { r.system.ProcessRegistry.Remove(r.pid) }

// SendUserMessage takes the first answer and drops the others.
func (r *reply) SendUserMessage(_ *actor.PID, message any) {
	_, message, _ = actor.UnwrapEnvelope(message)
	select {
	case r.answer <- message:
	default:
	}
}

// SendSystemMessage and Stop mean nothing to a reply.
func (r *reply) SendSystemMessage(*actor.PID, any) {}
func (r *reply) Stop(*actor.PID)                   {}

// wait returns the answer; or errNoActor if there was nobody to give it,
// errMoved once newer nodes fail the condition still, errSilent at the end.
func (r *reply) wait(nodes func() *Nodes, still func(*Nodes) bool, until time.Time) (any, error) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	for {
		now := nodes()
		if !still(now) {
			return nil, errMoved
		}
		select {
		case answer := <-r.answer:
			if _, dead := answer.(*actor.DeadLetterResponse); dead {
				return nil, errNoActor
			}
			return answer, nil
		case <-timer.C:
			return nil, errSilent
		case <-now.superseded:
		}
	}
}
