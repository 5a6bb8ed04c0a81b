package actors

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/room"
)

// countQuery counts a query that was answered.
func (n *Node) countQuery(roll *room.Roll, took time.Duration) {
	outcome := metrics.Complete
	if !roll.Complete() {
		outcome = metrics.Incomplete
	}
	n.metrics.Queries[outcome].Add(1)
	n.metrics.Latency.Observe(took)
}

// systemEvent counts what the actor system tells of, and has the sockets let go of members
// that are gone. It is called by whoever publishes,
// and must not wait.
func (n *Node) systemEvent(event any) {
	switch event := event.(type) {
	case *actor.DeadLetterEvent:
		n.metrics.DeadLetters.Add(1)
	case membership.ViewChanged:
		n.metrics.Joined.Add(uint64(len(event.Joined())))
		n.metrics.Left.Add(uint64(len(event.Left())))
		n.metrics.Failed.Add(uint64(len(event.Failed())))
		for _, m := range slices.Concat(event.Left(), event.Failed()) {
			n.sockets.Cut(m.Address)
		}
		n.metrics.Sent.Trim(func(address string) bool {
			_, live := n.View().ByAddress(address)
			return live
		})
	}
}
