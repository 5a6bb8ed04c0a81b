package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
)

// countQuery counts a query that was answered.
func (n *Node) countQuery(roll *Roll, took time.Duration) {
	outcome := metrics.Complete
	if !roll.Complete() {
		outcome = metrics.Incomplete
	}
	n.metrics.Queries[outcome].Add(1)
	n.metrics.Latency.Observe(took)
}

// watch counts what the actor system tells of. It is called by whoever publishes,
// and must not wait.
func (n *Node) watch(event any) {
	switch event := event.(type) {
	case *actor.DeadLetterEvent:
		n.metrics.DeadLetters.Add(1)
	case membership.ViewChanged:
		n.metrics.Joined.Add(uint64(len(event.Joined())))
		n.metrics.Left.Add(uint64(len(event.Left())))
		n.metrics.Failed.Add(uint64(len(event.Failed())))
		n.metrics.Sent.Trim(func(address string) bool { return n.nameOf(address) != "" })
	}
}

// nameOf returns the name of the live member whose actors are at address, or "".
func (n *Node) nameOf(address string) string {
	m, _ := n.membership.View().ByAddress(address)
	return m.Name
}

// Moment returns what Prometheus is told besides what is counted.
func (n *Node) Moment() metrics.Moment {
	state := n.subscription.State()
	return metrics.Moment{
		OutboxBytes:  n.sockets.OutboxBytes(),
		OutboxMemory: n.sockets.memory.Used(),
		Dropped:      n.sockets.memory.Dropped(),
		PartialBytes: n.sockets.partials.Held(),
		GaveWay:      n.sockets.partials.GaveWay(),
		Members:      len(n.membership.View().Members),
		RedisUp:      state.Up,
		DatabaseUp:   !state.Behind,
		Heard:        state.Heard,
		Read:         state.Read,
	}
}

// Exposition returns what this node shows to Prometheus.
func (n *Node) Exposition() metrics.Exposition {
	return metrics.Exposition{Metrics: n.metrics, Actors: n.directory, Version: n.config.Version, Moment: n.Moment, NameOf: n.nameOf}
}
